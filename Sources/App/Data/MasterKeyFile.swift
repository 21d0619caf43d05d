internal import Config
internal import Crypto
internal import Domain
internal import Flows
internal import Glibc
internal import Storage

/// Finds the master key, or makes it for a database that never had one.
enum MasterKeyFile {
    static let name = "master.key"
    /// Where a change of the key puts the next one, before the database is at it.
    static let nextName = "master.key.next"
    /// Where it leaves the one before, which older backups need.
    static let oldName = "master.key.old"

    /// The key that the database is at. A change of the key that was interrupted between the database and the files is
    /// completed.
    static func key(
        _ config: Config, for store: any Store, _ report: (SystemEvent) -> Void
    ) async throws(StartFault) -> MasterKey {
        if let secret = config.masterKey, let key = MasterKey(secret) { return key }
        let path = config.path(name)
        let isFresh: Bool
        do { isFresh = try await UseCases.isFresh(store) } catch { throw .database(error) }
        let present = try read(path)
        if !isFresh, let next = try read(config.path(nextName)) {
            let isNext: Bool
            do { isNext = try await ChangeMasterKey.recognises(next, in: store) } catch { throw .database(error) }
            if isNext {
                try promote(config)
                report(SystemEvent(.info, "master_key_completed", "\(nextName) has become \(name)"))
                return next
            }
        }
        if let present { return present }
        guard isFresh else {
            throw StartFault.configuration(
                "The master key \(path) is missing, and the database holds data that only it can open.")
        }
        let bytes = Random.bytes(MasterKey.byteCount)
        guard let key = MasterKey(Secret(bytes)) else {
            throw .configuration("The master key \(path) cannot be made.")
        }
        try write(bytes, to: path, in: config.data)
        return key
    }

    /// The key in a file that only its owner may read; `nil` when there is no such file.
    static func read(_ path: String) throws(StartFault) -> MasterKey? {
        do {
            guard let text = try bytes(of: path) else { return nil }
            return try parse(text, path: path)
        } catch let fault as File.Fault {
            throw .configuration("The master key \(path) \(fault.description).")
        } catch let fault as StartFault {
            throw fault
        } catch {
            throw .configuration("The master key \(path) cannot be used.")
        }
    }

    /// The next key takes the present one's name, and the present one the old one's. May be stopped anywhere and done
    /// again.
    static func promote(_ config: Config) throws(StartFault) {
        let (present, next, old) = (config.path(name), config.path(nextName), config.path(oldName))
        do throws(File.Fault) {
            if unsafe access(present, F_OK) == 0 {
                guard unsafe rename(present, old) == 0 else { throw .last }
            }
            guard unsafe rename(next, present) == 0 else { throw .last }
            try File(config.data, O_RDONLY | O_DIRECTORY).synchronise()
        } catch { throw .configuration("The master key \(present) \(error.description).") }
    }

    /// As hex digits. The file is complete and on the disk before its name exists, and its name before anything depends
    /// on it.
    static func write(_ key: [UInt8], to path: String, in folder: String) throws(StartFault) {
        let digits = Array("0123456789abcdef".utf8)
        let text = key.flatMap { byte -> [UInt8] in [digits[Int(byte >> 4)], digits[Int(byte & 15)]] } + [0x0A]
        let temporary = path + ".unfinished"
        do throws(File.Fault) {
            let file = try File(temporary, O_WRONLY | O_CREAT | O_TRUNC)
            try file.setMode(0o600)
            try file.write(text)
            try file.synchronise()
            guard unsafe rename(temporary, path) == 0 else { throw .last }
            try File(folder, O_RDONLY | O_DIRECTORY).synchronise()
        } catch { throw .configuration("The master key \(path) \(error.description).") }
    }

    /// `nil` when there is no such file.
    private static func bytes(of path: String) throws -> [UInt8]? {
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
}
