public import Domain

/// A key that is stored under another one, and which one: rows are moved to a newer wrapping key one by one.
public struct WrappedKey: Hashable, Sendable {
    public let bytes: [UInt8]
    /// The epoch of the wrapping key, see ``StoredDataKey``.
    public let epoch: Int64

    public init(bytes: [UInt8], epoch: Int64) {
        self.bytes = bytes
        self.epoch = epoch
    }
}

/// A signing key whose private half is wrapped.
public struct StoredSigningKey: Sendable {
    /// The RFC 7638 thumbprint, unless the key came from elsewhere with a name of its own.
    public let kid: String
    public let realm: RealmName
    /// The only algorithm this key may be used with, such as `ES256` (RFC 7518 §3.1).
    public let algorithm: String
    /// The public JWK as JSON.
    public let publicJWK: String
    public let wrappedPrivateKey: [UInt8]
    /// The epoch of the key that wraps the private half.
    public let wrapping: Int64
    /// When it was first published.
    public let createdAt: Timestamp
    /// From when on it may sign, until the next one does; at once where it is `nil`.
    public let signsFrom: Timestamp?
    /// From when on nothing it signed is believed; `nil` while its end is not decided.
    public let retiredAt: Timestamp?

    public init(
        kid: String, realm: RealmName, algorithm: String, publicJWK: String, wrappedPrivateKey: [UInt8],
        wrapping: Int64 = 1, createdAt: Timestamp, signsFrom: Timestamp? = nil, retiredAt: Timestamp?
    ) {
        self.kid = kid
        self.realm = realm
        self.algorithm = algorithm
        self.publicJWK = publicJWK
        self.wrappedPrivateKey = wrappedPrivateKey
        self.wrapping = wrapping
        self.createdAt = createdAt
        self.signsFrom = signsFrom
        self.retiredAt = retiredAt
    }
}

/// One of the few keys that the master key wraps directly; everything else that is secret follows from these.
public struct StoredDataKey: Hashable, Sendable {
    /// What it is for, such as `wrapping`.
    public let purpose: String
    /// Counts up from 1 with each change of the master key.
    public let epoch: Int64
    public let wrapped: [UInt8]
    public let createdAt: Timestamp
    /// From when on it is not used any more; `nil` for the newest of its purpose.
    public let retiredAt: Timestamp?

    public init(purpose: String, epoch: Int64, wrapped: [UInt8], createdAt: Timestamp, retiredAt: Timestamp?) {
        self.purpose = purpose
        self.epoch = epoch
        self.wrapped = wrapped
        self.createdAt = createdAt
        self.retiredAt = retiredAt
    }
}

/// A subject's key with the names that it is bound to.
public struct StoredSubjectKey: Hashable, Sendable {
    public let subject: ID<User>
    public let realm: RealmName
    public let wrapped: [UInt8]

    public init(subject: ID<User>, realm: RealmName, wrapped: [UInt8]) {
        self.subject = subject
        self.realm = realm
        self.wrapped = wrapped
    }
}

/// A server that said lately that it works with this database.
public struct LiveNode: Hashable, Sendable {
    public let name: String
    public let seenAt: Timestamp

    public init(name: String, seenAt: Timestamp) {
        self.name = name
        self.seenAt = seenAt
    }
}
