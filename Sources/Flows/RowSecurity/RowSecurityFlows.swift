/// What teams' own tables in the same PostgreSQL know people by.
public struct RowSecurityFlows: Sendable {
    public let issueDatabaseToken: IssueDatabaseToken

    init(_ parts: FlowParts) {
        issueDatabaseToken = IssueDatabaseToken(
            store: parts.store, keys: DatabaseTokenKeys(parts.dataKeys), now: parts.capabilities.now)
    }
}
