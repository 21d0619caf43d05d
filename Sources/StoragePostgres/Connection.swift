internal import CPostgres
internal import Domain
internal import Glibc
internal import Storage
internal import StorageSQL

/// One connection to a PostgreSQL server, always in libpq's pipeline mode.
///
/// Every statement is unnamed and of the extended protocol, so that a pooler may give each
/// transaction another server. Used by one thread at a time, which the pool sees to; that is what
/// makes `@unchecked Sendable` true.
@safe final class Connection: @unchecked Sendable {
    /// Statements with values, sent together and answered together.
    struct Statement {
        let text: StaticString
        let values: [SQLValue]
    }

    let handle: OpaquePointer
    /// Replies to statements that nobody waits for; they are read before the next ones.
    private var unread = 0

    /// False once an exchange broke off: the two sides may disagree about what comes next.
    private(set) var isUsable = true

    /// Blocks until the server has accepted the connection, for 5 s per address at most.
    init(to url: DatabaseURL) throws(Failure) {
        // Settings before `dbname` yield to those of the URL, settings after it override them.
        let settings: [(name: String, value: [UInt8])] = [
            ("connect_timeout", Array("5".utf8)),
            ("keepalives_idle", Array("10".utf8)),
            ("keepalives_interval", Array("5".utf8)),
            ("keepalives_count", Array("3".utf8)),
            ("tcp_user_timeout", Array("15000".utf8)),
            ("fallback_application_name", Array("aldrava".utf8)),
            // Of several hosts the one that takes changes: a standby may be behind.
            ("target_session_attrs", Array((url.namesSeveralHosts ? "read-write" : "any").utf8)),
            ("dbname", url.secret.exposed),
            ("client_encoding", Array("UTF8".utf8)),
        ]
        guard let opened = unsafe Self.open(settings) else { throw .disconnected("out of memory") }
        unsafe handle = opened
        // From here on `deinit` runs, also after a throw.
        guard unsafe pq_status(opened) == CONNECTION_OK else {
            throw .disconnected(Self.oneLine(unsafe String(cString: pq_errorMessage(opened))))
        }
        let encoding = unsafe pq_parameterStatus(opened, "server_encoding").map { unsafe String(cString: $0) }
        guard encoding == "UTF8" else {
            throw .disconnected("the database's encoding is \(encoding ?? "unknown"); it must be UTF8")
        }
        unsafe pq_setNoticeProcessor(opened, { _, _ in }, nil)
        guard unsafe pq_enterPipelineMode(opened) == 1 else { throw .disconnected("pipeline mode was refused") }
    }

    deinit { unsafe pq_finish(handle) }

    /// Sends statements in one message and waits for every answer.
    ///
    /// The server skips what follows a statement that failed, and the failure is thrown.
    func exchange(_ statements: [Statement], until deadline: ContinuousClock.Instant) throws(Failure) -> [Reply] {
        try send(statements)
        try readForgotten(until: deadline)
        return try read(statements.count, until: deadline)
    }

    /// Sends statements whose answers nobody needs; they are read when the connection is used again.
    func post(_ statement: StaticString) throws(Failure) {
        try send([Statement(text: statement, values: [])])
        unread += 1
    }

    // MARK: Sending

    private func send(_ statements: [Statement]) throws(Failure) {
        for statement in statements {
            let parameters = try Parameters(statement.values)
            let isSent = unsafe parameters.withPointers { count, types, values, lengths, formats in
                unsafe pq_sendQueryParams(
                    handle, UnsafeRawPointer(statement.text.utf8Start).assumingMemoryBound(to: CChar.self), count,
                    types,
                    values, lengths, formats, Self.binary)
            }
            guard isSent else { throw broken() }
        }
        guard unsafe pq_pipelineSync(handle) == 1 else { throw broken() }
    }

    // MARK: Reading

    private func readForgotten(until deadline: ContinuousClock.Instant) throws(Failure) {
        while unread > 0 {
            unread -= 1
            do { _ = try read(1, until: deadline) } catch {
                if !isUsable { throw error }
            }
        }
    }

    /// Reads the answers up to the next synchronisation point, also past an error.
    private func read(_ count: Int, until deadline: ContinuousClock.Instant) throws(Failure) -> [Reply] {
        var replies: [Reply] = []
        replies.reserveCapacity(count)
        var failure: Failure?
        reading: while true {
            // A null result separates the answers of two statements.
            guard let result = try unsafe nextResult(before: deadline) else { continue }
            let reply = unsafe Reply(taking: result)
            switch unsafe pq_resultStatus(result) {
            case PGRES_PIPELINE_SYNC: break reading
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK: replies.append(reply)
            case PGRES_PIPELINE_ABORTED: break
            default:
                let cause = unsafe Failure(reply: result)
                failure = failure ?? cause
                if cause.consequence == .disconnected {
                    isUsable = false
                    throw cause
                }
            }
        }
        if let failure { throw failure }
        guard replies.count == count else { throw broken() }
        return replies
    }

    private func nextResult(before deadline: ContinuousClock.Instant) throws(Failure) -> OpaquePointer? {
        while unsafe pq_isBusy(handle) == 1 {
            try waitForInput(before: deadline)
            guard unsafe pq_consumeInput(handle) == 1 else { throw broken() }
        }
        let result = unsafe pq_getResult(handle)
        if unsafe result == nil, unsafe pq_status(handle) != CONNECTION_OK { throw broken() }
        return unsafe result
    }

    private func waitForInput(before deadline: ContinuousClock.Instant) throws(Failure) {
        while true {
            let left = (deadline - ContinuousClock.now).wholeMilliseconds
            var watched = unsafe pollfd(fd: pq_socket(handle), events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&watched, 1, Int32(clamping: max(0, left)))
            if ready > 0 { return }
            if ready < 0, errno == EINTR { continue }
            if ready == 0, left > 0 { continue }
            isUsable = false
            throw .disconnected("the server did not answer in time")
        }
    }

    func broken() -> Failure {
        giveUp()
        return .disconnected("the connection was lost")
    }

    /// From here on the connection is kept by nobody.
    func giveUp() { isUsable = false }

    // MARK: Opening

    private static let binary: Int32 = 1

    private static func open(_ settings: [(name: String, value: [UInt8])]) -> OpaquePointer? {
        var names: [UnsafePointer<CChar>?] = unsafe settings.map { unsafe UnsafePointer(strdup($0.name)) }
        var values: [UnsafePointer<CChar>?] = unsafe settings.map { setting in
            let text = setting.value.map { CChar(bitPattern: $0) } + [0]
            return unsafe UnsafePointer(strdup(text))
        }
        unsafe names.append(nil)
        unsafe values.append(nil)
        defer {
            for index in unsafe names.indices {
                unsafe free(UnsafeMutablePointer(mutating: names[index]))
                unsafe free(UnsafeMutablePointer(mutating: values[index]))
            }
        }
        return unsafe pq_connectdbParams(names, values, 1)
    }

    /// libpq explains over several lines; a log has one.
    private static func oneLine(_ text: String) -> String {
        text.utf8.split(separator: UInt8(ascii: "\n")).filter { $0.first != UInt8(ascii: "\t") }
            .map { String(decoding: $0, as: UTF8.self) }.joined(separator: "; ")
    }
}
