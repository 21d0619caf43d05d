internal import Glibc

/// What the kernel says about this process.
struct ProcessFigures {
    let residentBytes: Double
    let virtualBytes: Double
    let processorSeconds: Double
    let threads: Double
    let openFiles: Int
    let mostFiles: Double
    /// Seconds since 1970.
    let startTime: Double

    /// Reads `/proc`, which waits for no disk; `nil` where it is not there.
    static func read() -> ProcessFigures? {
        guard let stat = text("/proc/self/stat"), let machine = text("/proc/stat"),
            // The second field, the program's name, may itself hold spaces and parentheses.
            let end = stat.utf8.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        // From the third field on (proc(5)); the numbers below are the manual's, less three.
        let fields = stat[stat.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
        guard fields.count > 21 else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let page = Double(sysconf(Int32(_SC_PAGESIZE)))
        let boot = machine.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
        var limit = rlimit()
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return ProcessFigures(
            residentBytes: fields[21] * page, virtualBytes: fields[20],
            processorSeconds: (fields[11] + fields[12]) / ticks,
            threads: fields[17], openFiles: openFiles(), mostFiles: Double(limit.rlim_cur),
            startTime: (boot ?? 0) + fields[19] / ticks)
    }

    private static func text(_ path: String) -> String? {
        guard let file = try? File(path, O_RDONLY), let bytes = try? file.read(1 << 16, at: 0) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func openFiles() -> Int {
        guard let entries = unsafe opendir("/proc/self/fd") else { return 0 }
        defer { unsafe closedir(entries) }
        var count = 0
        while unsafe readdir(entries) != nil { count += 1 }
        // Without ".", "..", and the folder that is being read.
        return max(0, count - 3)
    }
}
