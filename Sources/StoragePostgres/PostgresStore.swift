internal import CPostgres
internal import Concurrency
public import Domain
internal import Glibc
public import Storage
internal import StorageSQL

/// A store in PostgreSQL 15 or newer, shared by every node of a fleet.
///
/// Keeps nothing in a session, so that it also works behind a pooler in transaction mode.
public final class PostgresStore: Store {
    private let pool: ConnectionPool
    private let rotations: Rotations
    /// One connection with a thread of its own, opened when it is first needed.
    private let first: ConnectionPool
    private let listener: FeedListener

    private init(url: DatabaseURL, connections: Int, patience: Duration = .seconds(10)) {
        pool = ConnectionPool(url: url, connections: max(1, connections), patience: patience)
        rotations = Rotations(pool: pool)
        first = ConnectionPool(url: url, connections: 1)
        listener = FeedListener(url: url)
    }

    /// Connects, and brings the schema up to date.
    ///
    /// `url` is a `postgres://` URL of libpq; everything that libpq understands in it counts, such as
    /// `sslmode`, several hosts, or a `search_path` among `options`. At most `connections` are open
    /// at any time, and two more for the feed. Who has to wait for one longer than `patience` is refused as busy.
    public static func open(
        url: Secret, connections: Int = 8, patience: Duration = .seconds(10)
    ) async throws(StoreFault) -> PostgresStore {
        let store = PostgresStore(url: try DatabaseURL(url), connections: connections, patience: patience)
        do {
            try await store.migrate()
        } catch {
            await store.close()
            throw error
        }
        return store
    }

    public var isShared: Bool { true }

    public func transaction<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        let pool = pool
        return try await pool.run { () throws(StoreFault) -> Value in
            try pool.transact(.change, in: scope) { (attempt) throws(StoreFault) -> Value in
                try body(SQLTransaction(attempt))
            }
        }
    }

    public func advance(
        _ session: ID<Session>, in scope: StoreScope, from counter: Counter, origin: SessionOrigin
    ) async throws(StoreFault) -> Bool {
        try await rotations.advance(Rotation(session, from: counter, origin: origin), in: scope)
    }

    public func read<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        try await Self.read(in: pool, scope, body)
    }

    public func readFirst<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        try await Self.read(in: first, .server, body)
    }

    private static func read<Value: Sendable>(
        in pool: ConnectionPool, _ scope: StoreScope,
        _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        try await pool.run { () throws(StoreFault) -> Value in
            try pool.transact(.snapshot, in: scope) { (attempt) throws(StoreFault) -> Value in
                try body(SQLTransaction(attempt))
            }
        }
    }

    public func onChange(_ wake: @escaping @Sendable () -> Void) { listener.start(wake) }

    public var isListening: Bool { listener.isListening }

    public var statistics: StoreStatistics { pool.statistics }

    /// Needs no privilege that a store's own role has not.
    public func examine() async throws(StoreFault) -> StoreExamination {
        let offset = try await clockOffset(now: Self.machineClock)
        let pool = pool
        return try await pool.run { () throws(StoreFault) -> StoreExamination in
            try pool.transact(.snapshot) { (attempt) throws(StoreFault) -> StoreExamination in
                StoreExamination(
                    kind: .postgres, schemaVersion: try SQLTransaction(attempt).schemaVersion(),
                    newestSchemaVersion: Migrator().newestVersion, clockOffset: offset,
                    facts: try PostgresFacts.read(on: attempt))
            }
        }
    }

    /// Examines a database without bringing its schema up to date.
    public static func examine(url: Secret) async throws(StoreFault) -> StoreExamination {
        let store = PostgresStore(url: try DatabaseURL(url), connections: 1)
        let result: Result<StoreExamination, StoreFault>
        do { result = .success(try await store.examine()) } catch { result = .failure(error) }
        await store.close()
        return try result.get()
    }

    /// Why a URL can never be connected to, in words without any of it; `nil` where it can be tried, or where libpq
    /// is missing and cannot judge it.
    public static func problem(with url: Secret) -> String? {
        guard unsafe pq_load() == nil else { return nil }
        do {
            _ = try DatabaseURL(url)
            return nil
        } catch {
            if case .unavailable(let words) = error { return words }
            return "the database URL cannot be read"
        }
    }

    /// What makes the schema `aldrava`, for whoever wants to read it before.
    public static var identitySchema: [String] { IdentitySchemaText.all.map(\.description) }

    /// A server of its own is copied by its own tools: `pg_dump`.
    public func copy(to path: String) async throws(StoreFault) -> Bool { false }

    /// Makes the room of dead rows free for others, where the role owns the tables; what remains of them in pages and in the
    /// server's own log is for its operator.
    public func forgetDeleted() async throws(StoreFault) -> Bool {
        let pool = pool
        try await pool.run { () throws(StoreFault) in try pool.vacuum() }
        return false
    }

    private static func machineClock() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public func close() async {
        listener.stop()
        await first.close()
        await pool.close()
    }

    /// How far the database's clock is ahead of this machine's, give or take half a round trip.
    ///
    /// A node that is more than 2 s off must not serve: its tokens and the database's times would disagree.
    /// `now` is this machine's clock.
    public func clockOffset(now: @escaping @Sendable () -> Timestamp) async throws(StoreFault) -> Duration {
        let pool = pool
        return try await pool.run { () throws(StoreFault) -> Duration in
            try pool.transact(.snapshot) { (attempt) throws(StoreFault) -> Duration in
                let before = Duration.milliseconds(now().milliseconds)
                let database = Duration.milliseconds(attempt.now.milliseconds)
                let after = Duration.milliseconds(now().milliseconds)
                return database - (before + after) / 2
            }
        }
    }

    /// Nodes that start together queue behind the migrator's lock, each step in a transaction of its own.
    private func migrate() async throws(StoreFault) {
        let pool = pool
        try await pool.run { () throws(StoreFault) in
            let migrator = Migrator()
            while try pool.transact(
                .migration, { (attempt) throws(StoreFault) in try migrator.step(on: attempt) })
            {}
        }
    }
}
