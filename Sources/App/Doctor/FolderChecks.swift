internal import Config
internal import Glibc

/// The data folder and what is in it: who may read it, and who it belongs to.
enum FolderChecks {
    static func all(_ config: Config) -> [Finding] {
        [folder(config.data), files(config), keyBesideDatabase(config)]
    }

    static func folder(_ path: String) -> Finding {
        guard let status = status(of: path) else {
            return .wrong(
                "data_folder", "There is no data folder \(path), or it cannot be seen.",
                why: "Nothing was set up there yet, or the settings name another folder than the server's.",
                mend: "Run 'aldrava admin create', or give --data or --config as the server has them.")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return .wrong(
                "data_folder", "\(path) is not a folder.", why: "The server cannot start.",
                mend: "Move it away, or set ALDRAVA_DATA to another path.")
        }
        guard status.st_uid == geteuid() else {
            return .wrong(
                "data_folder", "The data folder \(path) belongs to another user than the one who asks.",
                why: "The server must own it; and what it holds can only be judged as that user.",
                mend: "Run this command as the server's user: sudo -u \(userName(status.st_uid)) aldrava doctor.")
        }
        guard status.st_mode & 0o077 == 0 else {
            return .wrong(
                "data_folder", "The data folder \(path) has mode \(octal(status.st_mode)).",
                why: "Other users of this machine can see or change what is in it.", mend: "chmod 700 \(path)")
        }
        return .fine("data_folder", "\(path) belongs to this user alone.")
    }

    /// Everything that is kept in the folder, by name.
    private static let names = [
        "aldrava.db", "aldrava.db-wal", "aldrava.db-shm", "aldrava.db-lock", MasterKeyFile.name,
        MasterKeyFile.oldName, MasterKeyFile.nextName, AuditLog.name,
        SystemLog.name, AccessLog.name, ErasureLedger.name, ControlEndpoint.socketName, "lock",
    ]

    static func files(_ config: Config) -> Finding {
        var open: [String] = []
        var foreign: [String] = []
        for name in names {
            guard let status = status(of: config.path(name)) else { continue }
            if status.st_mode & 0o077 != 0 { open.append("\(name) (mode \(octal(status.st_mode)))") }
            if status.st_uid != geteuid() { foreign.append("\(name) (owned by \(userName(status.st_uid)))") }
        }
        guard open.isEmpty, foreign.isEmpty else {
            let mends =
                (open.isEmpty ? [] : ["chmod 600 on those files in \(config.data)"])
                + (foreign.isEmpty ? [] : ["chown them to the server's user"])
            return .wrong(
                "file_modes", "\((open + foreign).joined(separator: ", ")) should be the server's alone.",
                why: "The database, its log and the key hold what signs everybody's tokens.",
                mend:
                    "\(mends.joined(separator: "; ")). Consider the key compromised if other users were on this machine."
            )
        }
        return .fine("file_modes", "Database, key, logs and sockets can be read by the server's user alone.")
    }

    /// Only the two together are worth something to a thief.
    static func keyBesideDatabase(_ config: Config) -> Finding {
        let isBeside = unsafe access(config.path(MasterKeyFile.name), F_OK) == 0
        guard config.databaseURL == nil, config.masterKey == nil, isBeside else {
            return .fine("key_place", "The master key is not kept beside the database.")
        }
        return .warning(
            "key_place", "The master key is in the same folder as the database.",
            why: "Whoever steals a copy of the folder, such as a backup of the disk, has both, and so every secret.",
            mend:
                "Move \(config.path(MasterKeyFile.name)) to a folder that is not backed up together with the data, and set ALDRAVA_MASTER_KEY_FILE to it; keep a copy in a safe."
        )
    }

    /// Without following a symbolic link in the last part.
    private static func status(of path: String) -> stat? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status : nil
    }

    private static func octal(_ mode: mode_t) -> String { String(mode & 0o7777, radix: 8) }

    static func userName(_ user: uid_t) -> String {
        guard let entry = unsafe getpwuid(user), let name = unsafe entry.pointee.pw_name else { return "\(user)" }
        return unsafe String(cString: name)
    }
}
