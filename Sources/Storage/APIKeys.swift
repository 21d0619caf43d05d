public import Domain

/// A service's key as it is kept: whoever reads the database cannot present it.
public struct StoredAPIKey: Hashable, Sendable {
    public let id: ID<APIKey>
    public let realm: RealmName
    /// Unique in its realm among the keys that were not revoked.
    public let name: String
    /// SHA-256 of the secret.
    public let digest: [UInt8]
    /// The secret before the last rotation, which is good until ``previousUntil``.
    public let previousDigest: [UInt8]?
    public let previousUntil: Timestamp?
    /// Names without spaces; without any, the key may only verify.
    public let permissions: [String]
    /// Address blocks from which it may be used, without spaces; from anywhere where there are none.
    public let networks: [String]
    public let createdAt: Timestamp
    public let expiresAt: Timestamp?
    public let revokedAt: Timestamp?
    public let lastUsedAt: Timestamp?
    /// Empty before the first use.
    public let lastUsedAddress: String

    public init(
        id: ID<APIKey>, realm: RealmName, name: String, digest: [UInt8], previousDigest: [UInt8]? = nil,
        previousUntil: Timestamp? = nil, permissions: [String], networks: [String], createdAt: Timestamp,
        expiresAt: Timestamp?, revokedAt: Timestamp? = nil, lastUsedAt: Timestamp? = nil, lastUsedAddress: String = ""
    ) {
        self.id = id
        self.realm = realm
        self.name = name
        self.digest = digest
        self.previousDigest = previousDigest
        self.previousUntil = previousUntil
        self.permissions = permissions
        self.networks = networks
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.lastUsedAt = lastUsedAt
        self.lastUsedAddress = lastUsedAddress
    }
}

/// What a node remembered about a key since it last wrote.
public struct APIKeyUse: Hashable, Sendable {
    public let key: ID<APIKey>
    public let at: Timestamp
    public let address: String

    public init(key: ID<APIKey>, at: Timestamp, address: String) {
        self.key = key
        self.at = at
        self.address = address
    }
}

public protocol APIKeyReader {
    func apiKey(_ id: ID<APIKey>, realm: RealmName) throws(StoreFault) -> StoredAPIKey?
    /// Of those that were not revoked.
    func apiKey(named name: String, realm: RealmName) throws(StoreFault) -> StoredAPIKey?
    /// Oldest first, after one of them, those that expired or were revoked included.
    func apiKeys(realm: RealmName, after key: ID<APIKey>?, limit: Int) throws(StoreFault) -> [StoredAPIKey]
}

public protocol APIKeyWriter: APIKeyReader {
    /// False when another of the realm's keys that are not revoked has the name.
    func insert(_ key: StoredAPIKey) throws(StoreFault) -> Bool
    /// The present secret becomes the previous one. False when there is no such key, or it was revoked.
    func rotate(
        apiKey: ID<APIKey>, realm: RealmName, to digest: [UInt8], previousUntil: Timestamp
    ) throws(StoreFault) -> Bool
    /// False when there is no such key, or it was revoked already.
    func revoke(apiKey: ID<APIKey>, realm: RealmName) throws(StoreFault) -> Bool
    /// Takes a permission out of what the realm's keys were made with.
    func withdraw(_ permission: Permission.Pair, fromKeysIn realm: RealmName) throws(StoreFault)
    /// Writes what a node remembered; the last use only ever moves forward.
    func note(_ uses: [APIKeyUse]) throws(StoreFault)
}
