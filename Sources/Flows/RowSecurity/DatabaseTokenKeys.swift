internal import Crypto
internal import Domain
internal import Standards
internal import Storage

/// The keys of database tokens: derived from a data key and a name, so that no server has to read the table in which SQL
/// keeps them, and that only the functions there can.
struct DatabaseTokenKeys: Sendable {
    /// Which key is the present one: what the settings say.
    struct Name: Sendable {
        let id: String
        /// Of the data key that it is derived from, which outlives a change of the master key.
        let epoch: Int64

        var bytes: [UInt8] { Array("\(epoch).\(id)".utf8) }

        init(id: String, epoch: Int64) {
            self.id = id
            self.epoch = epoch
        }

        init?(_ bytes: [UInt8]) {
            let parts = String(decoding: bytes, as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let epoch = Int64(parts[0]), !parts[1].isEmpty else { return nil }
            self.init(id: String(parts[1]), epoch: epoch)
        }
    }

    static let settingName = "database_token_key"
    private static let idCount = 9
    private static let blockCount = 64

    private let roots: [DataKeys.Key]

    init(_ keys: DataKeys) { roots = keys.keys(.identifierMAC) }

    /// A name that nobody had before.
    func fresh(_ random: (Int) -> [UInt8]) -> Name {
        Name(id: Base64URL.encode(random(Self.idCount)), epoch: roots.map(\.epoch).max() ?? 0)
    }

    /// `nil` where the data key is not there.
    func secret(_ name: Name) -> Secret? {
        guard let root = roots.first(where: { $0.epoch == name.epoch }) else { return nil }
        return HKDF.sha256(
            input: root.secret, salt: [], info: Array("aldrava database token 1 \(name.id)".utf8), count: 32)
    }

    /// As SQL needs it.
    func prepared(_ name: Name) -> IdentitySchema.Key? {
        guard let secret = secret(name) else { return nil }
        let block = secret.exposed + [UInt8](repeating: 0, count: Self.blockCount - secret.count)
        return IdentitySchema.Key(id: name.id, innerPad: block.map { $0 ^ 0x36 }, outerPad: block.map { $0 ^ 0x5C })
    }
}
