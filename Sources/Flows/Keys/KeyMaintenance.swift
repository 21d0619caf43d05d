internal import Domain
internal import Storage

/// What has to happen to keys now and then, on whichever server comes first.
struct KeyMaintenance: Sendable {
    let realms: [RealmSettings]
    let rotate: RotateSigningKey
    let wrapping: Wrapping
    let change: ChangeMasterKey
    let presence: NodePresence

    /// A change of the master key that was interrupted left rows under the wrapping key from before.
    func finishRewrapping() async throws(StoreFault) {
        do { _ = try await change.finish(wrapping) } catch {
            switch error {
            case .store(let fault): throw fault
            case .wrongMasterKey, .unreadableSigningKey: throw .unavailable("\(error)")
            }
        }
    }

    func rotateWhereDue(now: Timestamp, report: (SystemEvent) -> Void) async throws(StoreFault) {
        for realm in realms {
            guard case .published(let key) = try await rotate.whereDue(in: realm, now: now) else { continue }
            report(
                SystemEvent(
                    .info, "signing_key_published",
                    "realm \(realm.name): \(key.algorithm) key \(key.kid) signs from \(key.signsFrom.iso8601) on"))
        }
    }
}

/// Says in the database that this server works with it, where others may ask: a change of the master key must not
/// happen under a server that does not know the new one.
struct NodePresence: Sendable {
    let store: any Store
    let id: [UInt8]
    let name: String

    func note() async throws(StoreFault) {
        guard store.isShared else { return }
        try await store.transaction { (tx) throws(StoreFault) in try tx.noteNode(id, name: name) }
    }

    func end() async throws(StoreFault) {
        guard store.isShared else { return }
        try await store.transaction { (tx) throws(StoreFault) in try tx.removeNode(id) }
    }
}
