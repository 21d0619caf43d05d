internal import Config
internal import Crypto
internal import Domain
internal import Flows
internal import Glibc

/// Finds the master key, or makes it for a database that never had one.
enum MasterKeyFile {
    static let name = "master.key"

    /// - Parameter isFresh: whether the database is empty; only then may a key be made up.
    static func key(_ config: Config, isFresh: Bool) throws(StartFault) -> MasterKey {
        if let secret = config.masterKey, let key = MasterKey(secret) { return key }
        let path = config.path(name)
        do {
            if let text = try read(path) { return try parse(text, path: path) }
            guard isFresh else {
                throw StartFault.configuration(
                    "The master key \(path) is missing, and the database holds data that only it can open.")
            }
            return try make(in: config.data, path: path)
        } catch let fault as File.Fault {
            throw .configuration("The master key \(path) \(fault.description).")
        } catch let fault as StartFault {
            throw fault
        } catch {
            throw .configuration("The master key \(path) cannot be used.")
        }
    }

    /// `nil` when there is no such file.
    private static func read(_ path: String) throws -> [UInt8]? {
        guard unsafe access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        let file = try File(path, O_RDONLY)
        guard try file.status().st_mode & 0o077 == 0 else {
            throw StartFault.configuration("The master key \(path) may be read by other users; give it mode 600.")
        }
        return try file.read(256, at: 0)
    }

    private static func parse(_ text: [UInt8], path: String) throws(StartFault) -> MasterKey {
        let digits = text.prefix { $0 > 0x20 }
        guard text.dropFirst(digits.count).allSatisfy({ $0 == 0x0A || $0 == 0x0D }),
            let secret = KeyText.parse(String(decoding: digits, as: UTF8.self)), let key = MasterKey(secret)
        else { throw .configuration("The master key \(path) is not 32 bytes as hex digits or base64.") }
        return key
    }

    /// The file is complete and on the disk before its name exists, and its name before anything depends on it.
    private static func make(in folder: String, path: String) throws -> MasterKey {
        let bytes = Random.bytes(MasterKey.byteCount)
        guard let key = MasterKey(Secret(bytes)) else {
            throw StartFault.configuration("The master key \(path) cannot be made.")
        }
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { byte -> [UInt8] in [digits[Int(byte >> 4)], digits[Int(byte & 15)]] } + [0x0A]
        let temporary = path + ".unfinished"
        let file = try File(temporary, O_WRONLY | O_CREAT | O_TRUNC)
        try file.setMode(0o600)
        try file.write(text)
        try file.synchronise()
        guard unsafe rename(temporary, path) == 0 else { throw File.Fault.last }
        let directory = try File(folder, O_RDONLY | O_DIRECTORY)
        try directory.synchronise()
        return key
    }
}
