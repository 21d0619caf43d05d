internal import Concurrency
public import Domain
public import Storage
internal import StorageSQL

/// The embedded database: one file, one writer that shares its commits, a few readers.
public final class SQLiteStore: Store {
    public let isShared = false

    private let writing: ThreadPool
    private let writer: SQLiteWriter
    let readers: SQLiteReaders
    private let connection: SQLiteConnection

    /// What only tests choose.
    package struct Options: Sendable {
        /// The name of a registered VFS; `nil` for the system's own.
        package var fileSystem: String?
        /// How large the file may grow, in pages of 4,096 bytes.
        package var maximumPages: Int64?
        /// How many pages the log gathers before they are moved into the database. 16 MB of 4 kB pages by
        /// default: a wait of some milliseconds, once in thousands of commits.
        package var checkpointPages: Int

        package init(fileSystem: String? = nil, maximumPages: Int64? = nil, checkpointPages: Int = 4_000) {
            self.fileSystem = fileSystem
            self.maximumPages = maximumPages
            self.checkpointPages = checkpointPages
        }
    }

    /// Opens the file, or makes it with mode 600, and brings its schema up to date.
    ///
    /// - Parameters:
    ///   - readers: how many reads may run at once.
    ///   - now: the database's clock; asked once for each transaction and each snapshot.
    /// - Throws: ``StoreFault/busy(_:)`` while another store has the file open, in this process or another;
    ///   ``StoreFault/unavailable(_:)`` when its schema is newer than this program.
    public static func open(
        path: String, readers: Int = 2, now: @escaping @Sendable () -> Timestamp
    ) async throws(StoreFault) -> SQLiteStore {
        try await open(path: path, readers: readers, options: Options(), now: now)
    }

    package static func open(
        path: String, readers: Int = 2, options: Options, now: @escaping @Sendable () -> Timestamp
    ) async throws(StoreFault) -> SQLiteStore {
        let thread = ThreadPool(name: "sqlite-write", threads: 1)
        do {
            return try await thread.run { () throws(StoreFault) in
                let claim = try SQLiteFile(path: path)
                let writing = try SQLiteConnection(
                    path: path, role: .writer, claim: claim, options: options, clock: now)
                try writing.patiently { () throws(StoreFault) in try migrate(writing) }
                var reading: [SQLiteConnection] = []
                for _ in 0..<max(1, readers) {
                    reading.append(try SQLiteConnection(path: path, role: .reader, options: options, clock: now))
                }
                let writer = SQLiteWriter(
                    connection: writing, thread: thread, checkpointPages: options.checkpointPages)
                return SQLiteStore(
                    connection: writing, writer: writer, readers: SQLiteReaders(connections: reading),
                    thread: thread)
            }
        } catch {
            thread.shutDown()
            throw error
        }
    }

    private init(
        connection: SQLiteConnection, writer: SQLiteWriter, readers: SQLiteReaders,
        thread: ThreadPool
    ) {
        self.connection = connection
        self.writer = writer
        self.readers = readers
        writing = thread
    }

    static func migrate(_ connection: SQLiteConnection) throws(StoreFault) {
        var isBehind = true
        while isBehind {
            try connection.begin(.write)
            do {
                isBehind = try Migrator().step(on: connection)
                try connection.commit()
            } catch {
                connection.abandon()
                throw error
            }
        }
    }

    public func transaction<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        let origin = Origin.current
        let result: Result<Value, StoreFault> = await withCheckedContinuation { continuation in
            writer.add(
                SQLiteWriter.Waiting(
                    attempt: { transaction in
                        origin.working {
                            do throws(StoreFault) {
                                let value = try body(transaction)
                                return .returned { continuation.resume(returning: .success(value)) }
                            } catch {
                                return .threw(error)
                            }
                        }
                    },
                    fail: { continuation.resume(returning: .failure($0)) }))
        }
        return try result.get()
    }

    public func read<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        try await readers.read(body)
    }

    func examineWriter() async throws(StoreFault) -> [String: String] {
        let connection = connection
        return try await writing.run { () throws(StoreFault) in try Self.writerFacts(connection) }
    }

    /// False while readers still need what is in the log.
    func emptyLog() async -> Bool {
        let connection = connection
        return await writing.run { connection.checkpoint(restarts: true) }
    }

    /// How many transactions wait for the next commit.
    var waitingCount: Int { writer.waitingCount }

    public var statistics: StoreStatistics {
        let (running, waiting) = readers.occupation
        return StoreStatistics(
            connections: 1 + readers.count, connectionsInUse: running + (writer.isDraining ? 1 : 0),
            connectionLimit: 1 + readers.count, waiting: waiting + writer.waitingCount, commits: writer.statistics)
    }

    public func close() async {
        writer.close()
        await writing.run { [self] in
            // Readers first: the last connection to close moves the log into the database, and only the
            // writer's may.
            readers.close()
            connection.close()
        }
        writing.shutDown()
    }
}
