import Concurrency
import Glibc
import Standards
import TestSupport
import Testing

/// A data folder of a test's own, with a database, and the program to use it with.
struct Installation: Sendable {
    let folder: String
    /// What the program is started with; tests add to it.
    var environment: [String: String]

    struct Missing: Error { let what: String }

    /// Makes one on an empty database; both are gone afterwards.
    static func with(_ backend: Backend, _ body: (Installation) async throws -> Void) async throws {
        try await backend.withMigratedDatabase { database in
            var pattern = Array("/tmp/aldrava-app-XXXXXX".utf8CString)
            let made = unsafe pattern.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) != nil }
            try #require(made)
            let root = String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            defer { _ = unsafe system("rm -rf '\(root)'") }
            var environment = [
                "ALDRAVA_DATA": "\(root)/data", "ALDRAVA_LISTEN": "127.0.0.1:0",
                "ALDRAVA_PUBLIC_URL": "http://127.0.0.1:8005", "ALDRAVA_ARGON2_MEMORY_KIB": "8192",
                "ALDRAVA_ARGON2_PASSES": "1", "ALDRAVA_LOOPS": "2", "ALDRAVA_NODE": "test",
                "PATH": "/usr/bin:/bin",
            ]
            if backend == .postgres { environment["ALDRAVA_DATABASE"] = database.place }
            try await body(Installation(folder: "\(root)/data", environment: environment))
        }
    }

    /// Runs a command to its end.
    func run(_ words: String..., input: String = "", extra: [String: String] = [:]) async throws -> Program.Ended {
        let variables = environment.merging(extra) { $1 }
        return try await Program([Program.path] + words, environment: variables, input: input).ended()
    }

    /// Starts a server, hands it out once it is ready, and stops it unless the body did; it must then end well.
    func serving(
        extra: [String: String] = [:], wrapper: [String] = [], _ body: (Running) async throws -> Void
    ) async throws {
        let variables = environment.merging(extra) { $1 }
        let program = try Program(wrapper + [Program.path, "serve"], environment: variables)
        let line = await program.readLine()
        guard let port = Self.port(in: line) else {
            program.signal(SIGKILL)
            throw Missing(what: "the ready line, instead of '\(line)': \(await program.ended().errors)")
        }
        let running = Running(program: program, port: port, readyLine: line)
        do { try await body(running) } catch {
            program.signal(SIGKILL)
            _ = await program.ended()
            throw error
        }
        program.stop()
        let ended = await program.ended()
        #expect(ended.code == 0 || ended.code == -SIGKILL, "\(ended.errors)")
    }

    struct Running: Sendable {
        let program: Program
        let port: UInt16
        let readyLine: String

        func send(
            _ method: String, _ path: String, _ body: JSON? = nil, token: String? = nil, apiKey: String? = nil
        ) async -> Answer {
            await AppTests.send(method, path, port: port, body: body, token: token, apiKey: apiKey)
        }

        func register(_ name: String) async -> Answer {
            await send("POST", "/api/auth/register", account(name))
        }

        func logIn(_ name: String, password: String = Installation.password) async -> Answer {
            await send(
                "POST", "/api/auth/login", ["username_or_email": .string(name), "password": .string(password)])
        }

        private func account(_ name: String) -> JSON {
            [
                "username": .string(name), "email": .string("\(name)@example.com"),
                "password": .string(Installation.password),
            ]
        }
    }

    static let password = "correct horse battery"

    private static func port(in line: String) -> UInt16? {
        guard let url = line.split(separator: " ").first(where: { $0.hasPrefix("http://") }) else { return nil }
        return url.split(separator: ":").last.flatMap { UInt16($0) }
    }

    /// A file of the data folder.
    func read(_ name: String) -> [UInt8] {
        let file = unsafe open("\(folder)/\(name)", O_RDONLY)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(file, &part, part.count)
            guard count > 0 else { return bytes }
            bytes += part.prefix(count)
        }
    }

    func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o600) {
        let file = unsafe open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
        close(file)
    }

    func mode(_ name: String) -> mode_t {
        var status = stat()
        guard unsafe stat("\(folder)/\(name)", &status) == 0 else { return 0 }
        return status.st_mode & 0o7777
    }

    /// The lines of a log file; each must be one JSON object, and the last must be complete.
    func lines(_ name: String = "logline.jsonl") throws -> [JSON] {
        let bytes = read(name)
        #expect(bytes.isEmpty || bytes.last == 0x0A)
        return try bytes.split(separator: 0x0A).map { try JSON.parse(Array($0)) }
    }

    /// Waits for what happens a moment later; false after a minute.
    func eventually(_ condition: () throws -> Bool) async rethrows -> Bool {
        for _ in 0..<1_200 {
            if try condition() { return true }
            await Program.pause(microseconds: 50_000)
        }
        return false
    }
}
