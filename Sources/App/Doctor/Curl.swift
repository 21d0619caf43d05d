internal import Glibc

/// Asks a URL as a client would, by the program curl: with the system's certificates, without this program's own code.
enum Curl {
    enum Outcome: Sendable {
        case status(Int)
        /// curl's words.
        case failed(String)
        case notInstalled
    }

    static func get(_ url: String, headers: [String], userAgent: String) -> Outcome {
        var words = ["curl", "--silent", "--show-error", "--max-time", "10", "--noproxy", "*", "--output", "/dev/null"]
        words += ["--write-out", "%{http_code}", "--user-agent", userAgent]
        words += headers.flatMap { ["--header", $0] } + ["--", url]
        guard let (code, output, errors) = run(words) else { return .notInstalled }
        if code == 127 { return .notInstalled }
        guard code == 0, let status = Int(output) else {
            let line = errors.split(separator: "\n").first.map(String.init) ?? "curl ended with \(code)"
            return .failed(line)
        }
        return .status(status)
    }

    /// The exit code and what was printed; `nil` when the program could not be started.
    private static func run(_ words: [String]) -> (Int32, String, String)? {
        guard let output = pipe(), let errors = pipe() else { return nil }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output.write, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors.write, STDERR_FILENO)
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe arguments.indices { unsafe free(arguments[index]) } }
        var process = pid_t()
        let problem = unsafe posix_spawnp(&process, "curl", &actions, nil, &arguments, environ)
        close(output.write)
        close(errors.write)
        // Both are short: curl writes a number and a line, so neither pipe can fill while the other is read.
        let texts = (readAll(output.read), readAll(errors.read))
        guard problem == 0 else { return nil }
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        let hasExited = status & 0x7F == 0
        return (hasExited ? status >> 8 & 0xFF : -1, texts.0, texts.1)
    }

    private static func pipe() -> (read: Int32, write: Int32)? {
        var ends: [Int32] = [0, 0]
        guard unsafe Glibc.pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func readAll(_ descriptor: Int32) -> String {
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        while bytes.count < 65_536 {
            let count = unsafe part.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += part.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
