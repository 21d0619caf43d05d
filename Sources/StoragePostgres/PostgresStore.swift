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

    private init(pool: ConnectionPool) {
        self.pool = pool
        rotations = Rotations(pool: pool)
    }

    /// Connects, and brings the schema up to date.
    ///
    /// `url` is a `postgres://` URL of libpq; everything that libpq understands in it counts, such as
    /// `sslmode`, several hosts, or a `search_path` among `options`. At most `connections` are open
    /// at any time.
    public static func open(url: Secret, connections: Int = 8) async throws(StoreFault) -> PostgresStore {
        let pool = ConnectionPool(url: try DatabaseURL(url), connections: max(1, connections))
        let store = PostgresStore(pool: pool)
        do {
            try await store.migrate()
        } catch {
            await pool.close()
            throw error
        }
        return store
    }

    public var isShared: Bool { true }

    public func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        let pool = pool
        return try await pool.run { () throws(StoreFault) -> Value in
            try pool.transact(.change) { (attempt) throws(StoreFault) -> Value in
                try body(SQLTransaction(attempt))
            }
        }
    }

    public func advance(
        _ session: ID<Session>, from counter: Counter, origin: SessionOrigin
    ) async throws(StoreFault) -> Bool {
        try await rotations.advance(Rotation(session, from: counter, origin: origin))
    }

    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        let pool = pool
        return try await pool.run { () throws(StoreFault) -> Value in
            try pool.transact(.snapshot) { (attempt) throws(StoreFault) -> Value in
                try body(SQLTransaction(attempt))
            }
        }
    }

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
        let pool = ConnectionPool(url: try DatabaseURL(url), connections: 1)
        let result: Result<StoreExamination, StoreFault>
        do { result = .success(try await PostgresStore(pool: pool).examine()) } catch { result = .failure(error) }
        await pool.close()
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

    /// A server of its own is copied by its own tools: `pg_dump`.
    public func copy(to path: String) async throws(StoreFault) -> Bool { false }

    private static func machineClock() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public func close() async { await pool.close() }

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
