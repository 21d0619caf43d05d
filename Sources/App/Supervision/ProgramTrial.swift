internal import Concurrency
internal import Glibc

/// Runs a program just to see whether it could take over.
enum ProgramTrial {
    enum Outcome: Equatable {
        /// What it said of itself, such as `aldrava 0.4.0`.
        case passed(String)
        /// Completes "the program …".
        case failed(String)
    }

    private static let patience = Duration.seconds(10)
    /// What ``Handover/check`` makes a program of ours say, behind its name and version.
    static let answer = " can take over"

    /// Blocks, up to ten seconds: the server goes on meanwhile.
    static func run(_ program: String, _ arguments: [String]) -> Outcome {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { return .failed("cannot be tried: there is no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        unsafe setenv(Handover.variable, Handover.check, 1)
        let started = start(program, arguments, output: ends[1])
        unsafe unsetenv(Handover.variable)
        close(ends[1])
        guard case .success(let pid) = started else {
            guard case .failure(let fault) = started else { return .failed("cannot be started") }
            return .failed("cannot be started: it \(fault.description)")
        }
        let text = readAll(ends[0])
        if text == nil { kill(pid, SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard let text else { return .failed("was tried and did not answer in time") }
        let line = text.split(separator: "\n").first.map(String.init) ?? ""
        guard status == 0 else {
            let words = text.isEmpty ? "" : ", saying: \(text.split(separator: "\n").joined(separator: " "))"
            return .failed("was tried and failed\(words)")
        }
        guard line.hasPrefix("aldrava "), line.hasSuffix(answer) else {
            return .failed("was tried and is not a version of this program that can take over")
        }
        return .passed(String(line.dropLast(answer.count)))
    }

    private static func start(_ program: String, _ arguments: [String], output: Int32) -> Result<pid_t, File.Fault> {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var pid = pid_t()
        let problem = unsafe posix_spawn(&pid, program, &actions, &attributes, &words, environ)
        return problem == 0 ? .success(pid) : .failure(File.Fault(number: problem))
    }

    /// Up to 2 KiB until the end; `nil` when that takes too long.
    private static func readAll(_ file: Int32) -> String? {
        let end = MonotonicTime.now() + patience
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 2_048)
        while true {
            var ready = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            let left = Int32(clamping: Int64(end.since(.now()) / .milliseconds(1)))
            let count = unsafe poll(&ready, 1, left)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            let got = unsafe read(file, &part, part.count)
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { break }
            if bytes.count < 2_048 { bytes += part.prefix(got) }
        }
        return String(decoding: bytes.prefix(2_048), as: UTF8.self)
    }
}
