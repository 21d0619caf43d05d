internal import Crypto
public import Domain

/// The public half of a key that files are encrypted to: `age1…`.
public struct AgeRecipient: Sendable {
    let key: [UInt8]

    /// `nil` for anything but an X25519 recipient of age's.
    public init?(_ text: String) {
        guard let key = Bech32.decode(text, prefix: "age"), key.count == X25519.count else { return nil }
        self.key = key
    }

    init(key: [UInt8]) { self.key = key }

    public var text: String { Bech32.encode(key, prefix: "age") }
}

/// The secret half: `AGE-SECRET-KEY-1…`.
public struct AgeIdentity: Sendable {
    let secret: Secret

    public static let prefix = "AGE-SECRET-KEY-"

    /// `nil` for anything but an X25519 identity of age's.
    public init?(_ text: String) {
        guard let key = Bech32.decode(text, prefix: Self.prefix), key.count == X25519.count else { return nil }
        secret = Secret(key)
    }

    /// From 32 random bytes.
    public init?(secret: Secret) {
        guard secret.count == X25519.count else { return nil }
        self.secret = secret
    }

    public var recipient: AgeRecipient { AgeRecipient(key: X25519.publicKey(of: secret)) }
}
