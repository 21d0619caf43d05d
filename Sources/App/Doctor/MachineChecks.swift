internal import Domain

/// The machine beneath: disk, clock, limits, libraries. Each check takes what was measured, so that a test can give it
/// what no test machine has.
enum MachineChecks {
    static func diskSpace(_ space: FreeSpace, at path: String) -> Finding {
        let share = space.totalBytes > 0 ? Double(space.bytes) / Double(space.totalBytes) : 0
        let left = "\(space.bytes / 1_048_576) MiB (\(Int(share * 100)) %) are left on the disk of \(path)"
        let mend = "Make room: move old logs and backups to another machine, or enlarge the disk."
        if space.bytes < 100 * 1_048_576 {
            return .wrong(
                "disk_space", "Only \(left).",
                why:
                    "When it is full, no sign-in, no refresh and no change succeeds: everything is written down first.",
                mend: mend)
        }
        if space.bytes < 1_024 * 1_048_576 || share < 0.05 {
            return .warning(
                "disk_space", "Only \(left).", why: "When it is full, sign-ins and refreshes fail.", mend: mend)
        }
        return .fine("disk_space", "\(left).")
    }

    static func diskFiles(_ space: FreeSpace, at path: String) -> Finding {
        guard space.totalFiles > 0 else {
            return .fine("disk_files", "The file system of \(path) does not limit how many files there are.")
        }
        let share = Double(space.files) / Double(space.totalFiles)
        guard space.files >= 1_000, share >= 0.01 else {
            return .warning(
                "disk_files", "Only \(space.files) more files can be made on the disk of \(path).",
                why: "A disk without inodes is full, whatever space it has.",
                mend: "Remove what makes many small files, often mail queues, caches or sessions of other programs.")
        }
        return .fine("disk_files", "\(space.files) more files can be made on the disk of \(path).")
    }

    /// - Parameter released: when this program was made: no true clock shows less.
    static func clock(_ now: Timestamp, released: Timestamp, isSynchronised: Bool?) -> Finding {
        guard now >= released, now < released + .seconds(20 * 365 * 86_400) else {
            return .wrong(
                "clock", "This machine's clock says \(now.iso8601).",
                why: "Tokens and sessions begin and end by it.",
                mend: "Set the clock, and let it be kept: timedatectl set-ntp true.")
        }
        guard isSynchronised != false else {
            return .warning(
                "clock", "Nothing keeps this machine's clock right: the kernel says it is not synchronised.",
                why: "A clock that drifts lets tokens live too long or die too early, and services refuse them.",
                mend: "timedatectl set-ntp true, or install chrony. In a container, see to the host's clock.")
        }
        return .fine("clock", "This machine's clock says \(now.iso8601).")
    }

    /// - Parameter limit: `RLIMIT_NOFILE` as far as the process may raise it.
    static func fileLimit(_ limit: UInt64, maxConnections: Int, databaseConnections: Int) -> Finding {
        let needed = maxConnections + databaseConnections + 64
        guard limit >= UInt64(needed) else {
            return .warning(
                "file_limit",
                "The process may open \(limit) files, and \(maxConnections) connections need \(needed).",
                why: "Clients beyond that are turned away at times when there are many.",
                mend: "Raise it (LimitNOFILE= in the systemd unit, ulimit -n), or lower ALDRAVA_MAX_CONNECTIONS.")
        }
        return .fine("file_limit", "The process may open \(limit) files, and needs \(needed) at most.")
    }

    static func openSSL(_ version: String) -> Finding {
        guard let parts = numbers(version), !parts.lexicographicallyPrecedes([3, 0]) else {
            return .wrong(
                "openssl", "OpenSSL is version \(version).",
                why: "Versions before 3.0 get no security updates any more.", mend: "Upgrade the system.")
        }
        return .fine("openssl", "OpenSSL is version \(version).")
    }

    static func sodium(_ version: String) -> Finding {
        guard let parts = numbers(version), !parts.lexicographicallyPrecedes([1, 0, 18]) else {
            return .warning(
                "libsodium", "libsodium is version \(version), which was not tested with this program.",
                why: "It makes the password hashes.", mend: "Upgrade it to 1.0.18 or later.")
        }
        return .fine("libsodium", "libsodium is version \(version).")
    }

    /// The leading numbers of a version; `nil` without one.
    static func numbers(_ version: String) -> [Int]? {
        var parts: [Int] = []
        for part in version.utf8.split(separator: UInt8(ascii: ".")) {
            let digits = part.prefix { (48...57).contains($0) }
            guard let number = Int(String(Substring(digits))) else { break }
            parts.append(number)
        }
        return parts.isEmpty ? nil : parts
    }
}
