import Concurrency
import Glibc
import Synchronization
import Testing

/// A process of the built program, with its output read to the end.
final class Program: Sendable {
    let pid: pid_t
    private let output: Int32
    private let errors: Int32
    private let heldInput: Int32?
    private let isStopping = Atomic(false)

    struct Ended: Sendable {
        /// The exit code, or minus the signal that ended it.
        let code: Int32
        let output: String
        let errors: String
    }

    struct NotStarted: Error { let reason: String }

    /// Blocking waits happen here, not on Swift's own threads.
    static let waiting = ThreadPool(name: "test-wait", threads: 32)

    /// The program beside this test's own executable.
    static let path: String = {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe buffer.withUnsafeMutableBytes { raw in
            unsafe readlink("/proc/self/exe", raw.bindMemory(to: CChar.self).baseAddress!, raw.count)
        }
        let own = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        return own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/aldrava"
    }()

    /// One start at a time: a process must not inherit the pipes of another that is just being made.
    private static let starting = Lock(())

    /// What a sanitizer of the tests is told holds for the programs they start too.
    private static let sanitizerOptions: [String: String] = ["ASAN_OPTIONS", "TSAN_OPTIONS"].reduce(into: [:]) {
        if let value = unsafe getenv($1) { $0[$1] = unsafe String(cString: value) }
    }

    /// Starts `command` with exactly this environment; `input` is written to its standard input, which then ends.
    init(
        _ command: [String], environment: [String: String], input: String = "", keepsInputOpen: Bool = false
    ) throws {
        Glibc.signal(SIGPIPE, SIG_IGN)  // a program may end without reading its input
        let variables = environment.merging(Self.sanitizerOptions) { given, _ in given }
        let started = try Self.starting.withLock { _ in try Self.start(command, variables) }
        (pid, output, errors) = (started.pid, started.output, started.errors)
        let bytes = Array(input.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(started.input, $0.baseAddress, $0.count) }
        heldInput = keepsInputOpen ? started.input : nil
        if !keepsInputOpen { close(started.input) }
    }

    private static func start(
        _ command: [String], _ environment: [String: String]
    ) throws -> (pid: pid_t, input: Int32, output: Int32, errors: Int32) {
        let (inRead, inWrite) = try pipe()
        let (outRead, outWrite) = try pipe()
        let (errRead, errWrite) = try pipe()
        defer { for end in [inRead, outWrite, errWrite] { close(end) } }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, inRead, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, outWrite, STDOUT_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, errWrite, STDERR_FILENO)
        var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for index in unsafe arguments.indices { unsafe free(arguments[index]) }
            for index in unsafe variables.indices { unsafe free(variables[index]) }
        }
        var pid = pid_t()
        let problem = unsafe posix_spawnp(&pid, command[0], &actions, nil, &arguments, &variables)
        guard problem == 0 else { throw NotStarted(reason: unsafe String(cString: strerror(problem))) }
        return (pid, inWrite, outRead, errRead)
    }

    deinit {
        close(output)
        close(errors)
        if let heldInput { close(heldInput) }
    }

    /// The next line of standard output, or what there is when it ends.
    func readLine() async -> String {
        await Self.waiting.run { [output] in
            var line: [UInt8] = []
            var byte: UInt8 = 0
            while unsafe read(output, &byte, 1) == 1, byte != 0x0A { line.append(byte) }
            return String(decoding: line, as: UTF8.self)
        }
    }

    static func pause(microseconds: UInt32) async { await waiting.run { _ = usleep(microseconds) } }

    func signal(_ number: Int32) { _ = kill(pid, number) }

    /// Asks it to stop in good order; once, because a second time would end it at once.
    func stop() {
        if !isStopping.exchange(true, ordering: .relaxed) { signal(SIGTERM) }
    }

    /// The process that serves: the child of the one that supervises; 0 while there is none.
    var serving: pid_t {
        let listing = unsafe opendir("/proc")
        guard let listing = unsafe listing else { return 0 }
        defer { unsafe closedir(listing) }
        while let entry = unsafe readdir(listing) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let other = pid_t(name), Self.parent(of: other) == pid { return other }
        }
        return 0
    }

    private static func parent(of process: pid_t) -> pid_t {
        let file = unsafe open("/proc/\(process)/stat", O_RDONLY)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        let text = readAll(file)
        // The name, in parentheses, may hold anything.
        guard let end = text.utf8.lastIndex(of: UInt8(ascii: ")")) else { return 0 }
        let fields = text[end...].split(separator: " ")
        return fields.count > 2 ? pid_t(fields[2]) ?? 0 : 0
    }

    /// Returns once a password is being hashed: the pool's thread, which was idle before, has used the processor.
    func hashes() async {
        for _ in 0..<6_000 {
            let listing = try? Program(
                ["sh", "-c", "cat /proc/\(serving)/task/*/stat"], environment: ["PATH": "/usr/bin:/bin"])
            for line in await listing?.ended().output.split(separator: "\n") ?? [] where line.contains("(hash)") {
                let fields = line.split(separator: " ")
                if fields.count > 14, (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0) >= 3 { return }
            }
            await Self.pause(microseconds: 10_000)
        }
    }

    /// Waits for the end.
    func ended() async -> Ended {
        async let errorText = Self.waiting.run { [errors] in Self.readAll(errors) }
        let outputText = await Self.waiting.run { [output] in Self.readAll(output) }
        let code = await Self.waiting.run { [pid] in
            var status: Int32 = 0
            while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
            return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
        }
        return Ended(code: code, output: outputText, errors: await errorText)
    }

    private static func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(descriptor, &part, part.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += part.prefix(count)
        }
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard unsafe Glibc.pipe(&ends) == 0 else { throw NotStarted(reason: "no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
