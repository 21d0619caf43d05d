internal import Config
internal import Flows
internal import Glibc

/// How many files the process may have open at the same time; each connection is one.
enum FileLimit {
    /// As many as the system lets this user have.
    static func raise() {
        guard var limit = read() else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// How many more can be opened now; `nil` for no limit.
    static var left: Int? {
        guard let limit = read(), limit.rlim_cur != rlim_t.max, let most = Int(exactly: limit.rlim_cur) else {
            return nil
        }
        // The limit is one on numbers, and the next number is the lowest that is free.
        let next = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard next >= 0 else { return 0 }
        _ = close(next)
        return max(0, most - Int(next))
    }

    private static func read() -> rlimit? {
        var limit = rlimit()
        return unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? limit : nil
    }
}

extension Server {
    /// Files that are kept for everything but connections: databases, logs, commands, certificates.
    private static let reservedFiles = 32
    /// Fewer would be no server; where even these are too many, accepting pauses.
    private static let fewestConnections = 8

    /// What is configured, or fewer where the process may not open so many files: a connection that cannot be accepted
    /// waits unseen, one too many is answered.
    static func mostConnections(_ config: Config, _ report: (SystemEvent) -> Void) -> Int {
        guard let left = FileLimit.left else { return config.maxConnections }
        let reserved = reservedFiles + (config.databaseURL == nil ? 0 : config.databaseConnections)
        let possible = max(fewestConnections, left - reserved)
        guard possible < config.maxConnections else { return config.maxConnections }
        report(
            SystemEvent(
                .warning, "connections_limited",
                "the limit on open files allows \(possible) connections, not \(config.maxConnections): raise it (LimitNOFILE, ulimit -n) or lower ALDRAVA_MAX_CONNECTIONS"
            ))
        return possible
    }
}
