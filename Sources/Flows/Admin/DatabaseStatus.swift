internal import Domain
public import Storage

/// Whether the database answers, and how fast.
public struct DatabaseStatus: Sendable {
    let store: any Store
    let capabilities: Capabilities

    public struct Status: Sendable {
        public let schemaVersion: Int64
        public let latencyMilliseconds: Int64
    }

    public func callAsFunction() async throws(StoreFault) -> Status {
        let start = capabilities.monotonic()
        let version = try await store.read { (reader) throws(StoreFault) in try reader.schemaVersion() }
        return Status(schemaVersion: version, latencyMilliseconds: capabilities.monotonic() - start)
    }
}
