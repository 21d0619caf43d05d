import Domain
import Glibc
import Testing

/// A PostgreSQL server for one test, which may stop and kill it without hurting the others.
final class PostgresServer: Sendable {
    let url: String
    private let control: String
    /// `Scripts/with-postgres` lasts as long as its command, which waits for the end of this pipe.
    private let lifeline: Int32

    init() throws {
        let script = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/Scripts/with-postgres"
        let input = try Self.pipe()
        let output = try Self.pipe()
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input.read, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output.write, 1)
        let words = [script, "sh", "-c", "echo $ALDRAVA_TEST_POSTGRES $ALDRAVA_TEST_POSTGRES_CONTROL; exec cat"]
        var arguments = unsafe words.map { unsafe strdup($0) }
        unsafe arguments.append(nil)
        defer { for index in unsafe arguments.indices { unsafe free(arguments[index]) } }
        var process = pid_t()
        try #require(unsafe posix_spawn(&process, script, &actions, nil, arguments, environ) == 0)
        Glibc.close(input.read)
        Glibc.close(output.write)
        defer { Glibc.close(output.read) }
        lifeline = input.write
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(output.read, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        let parts = String(decoding: line, as: UTF8.self).split(separator: " ")
        try #require(parts.count == 2, "Scripts/with-postgres did not start")
        url = String(parts[0])
        control = String(parts[1])
    }

    deinit { Glibc.close(lifeline) }

    enum Order: String { case start, stop, restart, kill }

    func obey(_ order: Order) throws {
        try #require(unsafe system("\(control) \(order.rawValue)") == 0)
    }

    /// Closed in programs that are started later: a copy of the lifeline would keep the server alive.
    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try #require(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
        return (ends[0], ends[1])
    }
}
