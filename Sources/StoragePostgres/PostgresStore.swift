internal import Concurrency
public import Domain
public import Storage
internal import StorageSQL

/// A store in PostgreSQL 15 or newer, shared by every node of a fleet.
///
/// Keeps nothing in a session, so that it also works behind a pooler in transaction mode.
public final class PostgresStore: Store {
    private let pool: ConnectionPool

    private init(pool: ConnectionPool) { self.pool = pool }

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
