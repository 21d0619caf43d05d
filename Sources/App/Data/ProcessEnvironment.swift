internal import Glibc

/// The environment this process was started with.
public enum ProcessEnvironment {
    /// Names and values; what is not UTF-8 is shown with replacement characters, and so refused where it matters.
    public static var values: [String: String] {
        var values: [String: String] = [:]
        for entry in bytes.split(separator: 0) {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: entry[..<equals], as: UTF8.self)
            values[name] = String(decoding: entry[entry.index(after: equals)...], as: UTF8.self)
        }
        return values
    }

    /// The same without what is no setting of a server: what one program of ours says to the next, and where commands are
    /// sent.
    public static var settings: [String: String] {
        values.filter { $0.key != Handover.variable && !Elsewhere.names.contains($0.key) }
    }

    /// What commands for another machine's server need not be told each time.
    public enum Elsewhere {
        public static let server = "ALDRAVA_SERVER"
        public static let keyFile = "ALDRAVA_KEY_FILE"
        public static let caFile = "ALDRAVA_CA_FILE"
        static let names: Set = [server, keyFile, caFile]
    }

    /// From the kernel: C's `environ` is a variable that any thread may change.
    private static var bytes: [UInt8] {
        guard let file = try? File("/proc/self/environ", O_RDONLY) else { return [] }
        var bytes: [UInt8] = []
        while let part = try? file.read(65_536, at: bytes.count), !part.isEmpty { bytes += part }
        return bytes
    }
}
