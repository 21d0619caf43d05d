internal import Domain
internal import Storage

extension StoredAPIKey {
    /// What the key holds: the permissions it was made with, as far as they still exist, and what it was given since.
    func grants(_ reader: any StoreReader, for term: GrantTerm = .moment) throws(StoreFault) -> Grants {
        try accessGraph(reader).grants(at: term.end(from: reader.now))
    }

    /// The same with how each thing comes to it.
    func accessGraph(_ reader: any StoreReader) throws(StoreFault) -> AccessGraph {
        let own = AccessHolder.key(id)
        let graph = try reader.accessGraph(of: own, realm: realm)
        var links: [AccessGraph.Link] = []
        for text in permissions {
            guard let pair = Permission.Pair(granting: text) else { continue }
            if AdminRight.allows(pair) {
                links.append(AccessGraph.Link(own.node, holds: .permission(name: text, pair, instance: nil)))
            } else if let found = try reader.permission(pair, realm: realm) {
                links.append(AccessGraph.Link(own.node, holds: .permission(name: found.name, pair, instance: nil)))
            }
        }
        return graph.with(links)
    }
}
