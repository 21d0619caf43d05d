internal import Concurrency
internal import Domain
internal import Storage
internal import StorageSQL
internal import Synchronization

/// Read-only connections, one for each thread of their pool. They never wait for the writer, nor it for them.
final class SQLiteReaders: Sendable {
    private let pool: ThreadPool
    private let shelf: Lock<[SQLiteConnection]>
    private let waiting = Atomic(0)
    let count: Int

    init(connections: [SQLiteConnection]) {
        count = connections.count
        pool = ThreadPool(name: "sqlite-read", threads: connections.count)
        shelf = Lock(connections)
    }

    /// Reads under way and those that wait for a connection.
    var occupation: (running: Int, waiting: Int) {
        let asked = max(0, waiting.load(ordering: .relaxed))
        return (min(asked, count), max(0, asked - count))
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        try await use { (connection) throws(StoreFault) in
            try connection.begin(.snapshot)
            let value = try body(SQLTransaction(connection))
            if let failure = connection.failure { throw failure }
            return value
        }
    }

    /// Lends a connection without a transaction; whatever is open on it afterwards is abandoned.
    func use<Value: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        defer { waiting.subtract(1, ordering: .relaxed) }
        guard waiting.add(1, ordering: .relaxed).newValue <= SQLiteWriter.queueLimit else {
            throw .busy("too many reads wait")
        }
        return try await pool.run { () throws(StoreFault) in
            // Empty only once the store was closed.
            guard let connection = self.shelf.withLock({ $0.popLast() }) else { throw .closed }
            defer { self.shelf.withLock { $0.append(connection) } }
            defer { connection.abandon() }
            return try body(connection)
        }
    }

    /// Finishes what is queued, then closes the connections. Blocks: call it on a thread that may.
    func close() {
        pool.shutDown()
        shelf.withLock { $0 = [] }
    }
}
