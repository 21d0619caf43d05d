internal import Crypto
internal import Domain

/// Tells keys that this server made for a realm from all others, without a database.
///
/// A secret is 24 random bytes, then the first 8 bytes of a MAC over realm, id and these bytes. The MAC proves nothing
/// that the stored digest does not; but whoever makes keys up, or brings those of another realm, is refused before
/// anything is read or remembered for him.
struct APIKeySeals: Sendable {
    private static let randomCount = 24
    private static let macCount = 8
    /// Newest first. Older ones stay: a key outlives a change of the master key.
    private let macKeys: [Secret]
    private let capabilities: Capabilities

    init(_ keys: DataKeys, _ capabilities: Capabilities) {
        macKeys = keys.keys(.identifierMAC).sorted { $0.epoch > $1.epoch }
            .map { HKDF.sha256(input: $0.secret, salt: [], info: Array("aldrava api key mac 1".utf8), count: 32) }
        self.capabilities = capabilities
    }

    func make(_ id: ID<APIKey>, in realm: RealmName) -> APIKeyText {
        let random = capabilities.random(Self.randomCount)
        // Without a key nothing that was made could be told from what was not.
        let mac = macKeys.first.map { Self.mac($0, id, random, realm) } ?? []
        return APIKeyText(id: id, secret: Secret(random + mac))
    }

    func isOurs(_ key: APIKeyText, in realm: RealmName) -> Bool {
        let bytes = key.secret.exposed
        let random = Array(bytes.prefix(Self.randomCount))
        let mac = Array(bytes.dropFirst(Self.randomCount))
        return macKeys.contains { constantTimeEqual(Self.mac($0, key.id, random, realm), mac) }
    }

    private static func mac(_ key: Secret, _ id: ID<APIKey>, _ random: [UInt8], _ realm: RealmName) -> [UInt8] {
        Array(HMAC.sha256(key: key, Array(realm.text.utf8) + [0] + id.bytes + random).prefix(macCount))
    }
}
