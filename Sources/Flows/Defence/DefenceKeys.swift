internal import Crypto
internal import Domain
internal import Storage

/// What stands for people, places and devices where attackers are held off: MACs, so that neither the database nor its
/// copies tell who was tried.
struct DefenceKeys: Sendable {
    /// The newest first; what was made under an older one is still known.
    private let secrets: [Secret]

    init(_ keys: DataKeys) {
        secrets = keys.keys(.identifierMAC).sorted { $0.epoch > $1.epoch }.map {
            HKDF.sha256(input: $0.secret, salt: [], info: Array("aldrava defence 1".utf8), count: 32)
        }
    }

    /// 32 bytes for a purpose and what belongs to it.
    func mac(_ parts: String...) -> [UInt8] { Self.mac(secrets.first, parts) }

    /// Whether the first bytes of such a MAC, under any of the keys, are these.
    func isMAC(_ bytes: [UInt8], of parts: String...) -> Bool {
        secrets.contains { constantTimeEqual(Array(Self.mac($0, parts).prefix(bytes.count)), bytes) }
    }

    /// Each part with its length before it: no two lists of parts look alike.
    private static func mac(_ secret: Secret?, _ parts: [String]) -> [UInt8] {
        guard let secret else { return [] }
        var message: [UInt8] = []
        message.reserveCapacity(parts.reduce(0) { $0 + 8 + $1.utf8.count })
        for part in parts {
            message += Int64(part.utf8.count).bigEndianBytes
            message += part.utf8
        }
        return HMAC.sha256(key: secret, message)
    }
}
