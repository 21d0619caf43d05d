public import Domain
public import Storage

extension SQLTransaction {
    public func nodes(seenSince time: Timestamp) throws(StoreFault) -> [LiveNode] {
        try rows("SELECT name, seen_at FROM nodes WHERE seen_at >= $1 ORDER BY name", [.time(time)]) {
            row throws(StoreFault) in LiveNode(name: try row.text(0), seenAt: try row.time(1))
        }
    }

    public func noteNode(_ node: [UInt8], name: String) throws(StoreFault) {
        let isKnown = try change("UPDATE nodes SET seen_at = $2 WHERE id = $1", [.blob(node), .time(now)]) > 0
        guard !isKnown else { return }
        // Servers that were killed leave their rows behind.
        _ = try change("DELETE FROM nodes WHERE seen_at < $1", [.time(now - .seconds(86_400))])
        _ = try change(
            "INSERT INTO nodes (id, name, seen_at) VALUES ($1, $2, $3)", [.blob(node), .text(name), .time(now)])
    }

    public func removeNode(_ node: [UInt8]) throws(StoreFault) {
        _ = try change("DELETE FROM nodes WHERE id = $1", [.blob(node)])
    }
}
