public import Domain
public import Storage

/// What may be said about an API key.
public struct APIKeySummary: Sendable {
    public let id: ID<APIKey>
    public let name: String
    public let state: State
    /// `resource:action`; without any, the key may only verify.
    public let permissions: [String]
    /// Address blocks; without any, it may be used from anywhere.
    public let networks: [String]
    public let createdAt: Timestamp
    public let expiresAt: Timestamp?
    public let revokedAt: Timestamp?
    /// Until when the secret from before the last rotation is good besides; `nil` where it is not.
    public let previousUntil: Timestamp?
    public let lastUsedAt: Timestamp?
    /// Empty before the first use.
    public let lastUsedAddress: String

    /// The raw values are public contract.
    public enum State: String, CaseIterable, Sendable {
        case active
        case expired
        case revoked
    }

    init(_ key: StoredAPIKey, at now: Timestamp) {
        id = key.id
        name = key.name
        permissions = key.permissions
        networks = key.networks
        createdAt = key.createdAt
        expiresAt = key.expiresAt
        revokedAt = key.revokedAt
        lastUsedAt = key.lastUsedAt
        lastUsedAddress = key.lastUsedAddress
        if key.revokedAt != nil {
            state = .revoked
        } else {
            state = key.expiresAt.map { now >= $0 } ?? false ? .expired : .active
        }
        previousUntil = state == .active ? key.previousUntil.flatMap { now < $0 ? $0 : nil } : nil
    }
}

/// A realm's API keys, oldest first, those that ended included.
public struct ListAPIKeys: Sendable {
    let store: any Store

    /// `next` is what the next page comes after; `nil` at the end.
    public func callAsFunction(
        in realm: RealmName, after key: ID<APIKey>?, limit: Int
    ) async throws(StoreFault) -> (keys: [APIKeySummary], next: ID<APIKey>?) {
        let (found, now) = try await store.read(in: .realm(realm)) { (reader) throws(StoreFault) in
            (try reader.apiKeys(realm: realm, after: key, limit: limit + 1), reader.now)
        }
        let page = found.prefix(limit).map { APIKeySummary($0, at: now) }
        return (page, found.count > limit ? page.last?.id : nil)
    }
}
