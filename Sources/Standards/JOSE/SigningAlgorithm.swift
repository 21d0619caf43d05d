public import Crypto

/// The signature algorithms that this server knows (RFC 7518 §3.1). Anything else does not exist here.
public enum SigningAlgorithm: String, CaseIterable, Sendable {
    case es256 = "ES256"
}

/// A key with the one algorithm it may be used with: a token cannot choose (RFC 8725 §3.1).
public enum VerificationKey: Hashable, Sendable {
    case es256(ES256.PublicKey)

    public var algorithm: SigningAlgorithm {
        switch self {
        case .es256: .es256
        }
    }

    func verify(signature: [UInt8], of message: [UInt8]) -> Bool {
        switch self {
        case .es256(let key): key.verify(signature: signature, of: message)
        }
    }
}

/// The private half, with the same tie to one algorithm.
public enum SigningKey: Sendable {
    case es256(ES256.PrivateKey)

    public var algorithm: SigningAlgorithm {
        switch self {
        case .es256: .es256
        }
    }

    public var verificationKey: VerificationKey {
        switch self {
        case .es256(let key): .es256(key.publicKey)
        }
    }

    func sign(_ message: [UInt8]) -> [UInt8] {
        switch self {
        case .es256(let key): key.sign(message)
        }
    }
}
