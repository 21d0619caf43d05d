public import Crypto
public import Domain

/// A key with the one algorithm it may be used with: a token cannot choose (RFC 8725 §3.1).
public enum VerificationKey: Hashable, Sendable {
    case es256(ES256.PublicKey)
    case eddsa(EdDSA.PublicKey)
    case rs256(RS256.PublicKey)
    case hs256(HS256.Key)

    public var algorithm: SigningAlgorithm {
        switch self {
        case .es256: .es256
        case .eddsa: .eddsa
        case .rs256: .rs256
        case .hs256: .hs256
        }
    }

    func verify(signature: [UInt8], of message: ArraySlice<UInt8>) -> Bool {
        switch self {
        case .es256(let key): key.verify(signature: signature[...], of: message)
        case .eddsa(let key): key.verify(signature: signature, of: Array(message))
        case .rs256(let key): key.verify(signature: signature, of: Array(message))
        case .hs256(let key): key.verify(signature: signature, of: Array(message))
        }
    }

    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.es256(let left), .es256(let right)): left == right
        case (.eddsa(let left), .eddsa(let right)): left == right
        case (.rs256(let left), .rs256(let right)): left == right
        case (.hs256(let left), .hs256(let right)): constantTimeEqual(left.secret.exposed, right.secret.exposed)
        case (.es256, _), (.eddsa, _), (.rs256, _), (.hs256, _): false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .es256(let key): hasher.combine(key)
        case .eddsa(let key): hasher.combine(key)
        case .rs256(let key): hasher.combine(key)
        case .hs256: hasher.combine(algorithm)
        }
    }
}

/// The half that signs, with the same tie to one algorithm.
public enum SigningKey: Sendable {
    case es256(ES256.PrivateKey)
    case eddsa(EdDSA.PrivateKey)
    case rs256(RS256.PrivateKey)
    case hs256(HS256.Key)

    /// A fresh key. One for RS256 takes a tenth of a second and more: for a `ThreadPool`, never an event loop.
    public static func generate(_ algorithm: SigningAlgorithm) -> SigningKey {
        switch algorithm {
        case .es256: .es256(.generate())
        case .eddsa: .eddsa(.generate())
        case .rs256: .rs256(.generate())
        case .hs256: .hs256(.generate())
        }
    }

    /// What ``material`` gave; `nil` for anything else.
    public init?(_ algorithm: SigningAlgorithm, material: Secret) {
        switch algorithm {
        case .es256:
            guard let key = ES256.PrivateKey(scalar: material) else { return nil }
            self = .es256(key)
        case .eddsa:
            guard let key = EdDSA.PrivateKey(seed: material) else { return nil }
            self = .eddsa(key)
        case .rs256:
            guard let key = RS256.PrivateKey(der: material) else { return nil }
            self = .rs256(key)
        case .hs256:
            guard let key = HS256.Key(material) else { return nil }
            self = .hs256(key)
        }
    }

    /// A PEM file's key.
    public init(_ file: PrivateKeyFile) {
        switch file {
        case .es256(let key): self = .es256(key)
        case .eddsa(let key): self = .eddsa(key)
        case .rs256(let key): self = .rs256(key)
        }
    }

    /// All that has to be kept, wrapped.
    public var material: Secret {
        switch self {
        case .es256(let key): key.scalar
        case .eddsa(let key): key.seed
        case .rs256(let key): key.der
        case .hs256(let key): key.secret
        }
    }

    public var algorithm: SigningAlgorithm {
        switch self {
        case .es256: .es256
        case .eddsa: .eddsa
        case .rs256: .rs256
        case .hs256: .hs256
        }
    }

    public var verificationKey: VerificationKey {
        switch self {
        case .es256(let key): .es256(key.publicKey)
        case .eddsa(let key): .eddsa(key.publicKey)
        case .rs256(let key): .rs256(key.publicKey)
        case .hs256(let key): .hs256(key)
        }
    }

    func sign(_ message: [UInt8]) -> [UInt8] {
        switch self {
        case .es256(let key): key.sign(message)
        case .eddsa(let key): key.sign(message)
        case .rs256(let key): key.sign(message)
        case .hs256(let key): key.sign(message)
        }
    }
}
