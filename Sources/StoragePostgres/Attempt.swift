internal import Domain
internal import Storage
internal import StorageSQL

/// One attempt at a transaction, on one connection.
///
/// Nothing is sent before the first statement; BEGIN, the clock, the server's rank, the limits and the realm for the
/// policies then travel in the same message with it. A read of one statement is therefore one round trip.
final class Attempt {
    private let connection: Connection
    private let kind: TransactionKind
    private let scope: StoreScope
    private var start: Timestamp?

    /// The first thing that went wrong. PostgreSQL refuses every later statement of the transaction,
    /// so this also overrules a body that caught it and went on.
    private(set) var failure: Failure?

    init(on connection: Connection, _ kind: TransactionKind, in scope: StoreScope = .server) {
        self.connection = connection
        self.kind = kind
        self.scope = scope
    }

    /// The server's clock when the transaction began.
    ///
    /// Cannot throw, so a failure is kept: what the body makes of the time is then never used.
    var now: Timestamp {
        if start == nil { _ = try? run([]) }
        return start ?? Timestamp(milliseconds: 0)
    }

    /// Blocks until the server has made the transaction last, or refused it.
    func commit() throws(Failure) {
        if let failure { throw failure }
        guard start != nil else { return }
        let replies = try connection.exchange([Connection.Statement(text: "COMMIT", values: [])], until: deadline)
        guard replies.last?.tag == "COMMIT" else { throw .mistake("COMMIT was answered by a rollback") }
    }

    /// Ends a transaction that changed nothing, without waiting for the answer.
    func release() {
        guard start != nil else { return }
        try? connection.post("COMMIT")
    }

    /// A connection that cannot even roll back is of no use any more, and says so by itself.
    func rollBack() {
        guard start != nil || failure != nil, connection.isUsable else { return }
        _ = try? connection.exchange([Connection.Statement(text: "ROLLBACK", values: [])], until: deadline)
    }

    /// Runs one statement; after a failure, answers with that failure.
    func run(_ text: StaticString, _ values: [SQLValue]) throws(StoreFault) -> Reply {
        let replies = try run([Connection.Statement(text: text, values: values)])
        guard let reply = replies.last else { throw .unexpected("a statement without an answer") }
        return reply
    }

    private func run(_ statements: [Connection.Statement]) throws(StoreFault) -> [Reply] {
        if let failure { throw failure.fault }
        do throws(Failure) {
            guard start == nil else { return try connection.exchange(statements, until: deadline) }
            let opening = [
                Connection.Statement(text: kind.begin, values: []),
                Connection.Statement(text: kind.clock, values: [.text(scope.text)]),
            ]
            let replies = try connection.exchange(opening + statements, until: deadline)
            guard let row = replies[1].rows.first(where: { _ in true }), let milliseconds = try? row.integer(0) else {
                throw Failure.mistake("the server has no clock")
            }
            // It would answer reads from before what others have been told is done.
            if let isStandby = try? row.integer(1), isStandby != 0 {
                connection.giveUp()
                throw Failure.disconnected("the server is a standby")
            }
            start = Timestamp(milliseconds: milliseconds)
            return Array(replies.dropFirst(opening.count))
        } catch {
            failure = error
            throw error.fault
        }
    }

    private var deadline: ContinuousClock.Instant { .now + kind.patience }
}

/// How a transaction begins, and how long it may take.
///
/// The limits are the transaction's own, since behind a pooler a session belongs to nobody. The server
/// enforces them; `patience` is for a server that cannot answer at all.
struct TransactionKind: Sendable {
    let begin: StaticString
    let clock: StaticString
    let patience: Duration
    var isReadOnly = false

    /// A node that is stopped in the middle of a transaction holds its locks for 10 s, not for ever.
    static let change = TransactionKind(
        begin: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", clock: limitedClock, patience: .seconds(15))

    /// Every statement sees the same committed data.
    static let snapshot = TransactionKind(
        begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", clock: limitedClock, patience: .seconds(15),
        isReadOnly: true)

    /// An index over a large table takes the time it takes.
    static let migration = TransactionKind(
        begin: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        clock: """
            SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, pg_is_in_recovery(),
                set_config('statement_timeout', '0', true), set_config('aldrava.realm', $1, true)
            """,
        patience: .seconds(86_400))

    private static let limitedClock: StaticString = """
        SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, pg_is_in_recovery(),
            set_config('statement_timeout', '10s', true),
            set_config('idle_in_transaction_session_timeout', '10s', true), set_config('aldrava.realm', $1, true)
        """
}

extension Attempt: SQLConnection {
    static var dialect: SQLDialect { .postgres }

    func execute(_ sql: StaticString, _ values: [SQLValue]) throws(StoreFault) -> Int64 {
        try run(sql, values).count
    }

    func query<Value>(
        _ sql: StaticString, _ values: [SQLValue], _ read: (Reply.Row) throws(StoreFault) -> Value
    ) throws(StoreFault) -> [Value] {
        var found: [Value] = []
        for row in try run(sql, values).rows { found.append(try read(row)) }
        return found
    }

    func define(_ sql: StaticString) throws(StoreFault) { _ = try run(sql, []) }
}
