public import Config
internal import Glibc

extension Machine {
    /// The machine this process runs on.
    public static var current: Machine {
        Machine(processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)), hostName: hostName) { path in read(path) }
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A settings or secret file; symbolic links are followed, since that is how containers mount secrets.
    private static func read(_ path: String) -> FileContents {
        let opened = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { return .unreadable(reason: File.Fault.last.description) }
        let file = File(adopting: opened)
        do throws(File.Fault) {
            let status = try file.status()
            guard status.st_mode & S_IFMT == S_IFREG else { return .unreadable(reason: "is not a plain file") }
            guard status.st_size <= 1 << 20 else { return .unreadable(reason: "is larger than 1 MiB") }
            return .bytes(try file.read(Int(status.st_size), at: 0), isPrivate: status.st_mode & 0o077 == 0)
        } catch { return .unreadable(reason: error.description) }
    }
}
