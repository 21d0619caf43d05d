internal import Concurrency
internal import Domain
internal import Storage

/// A bounded number of connections, with a thread for each.
///
/// Connections are opened when they are first needed. A lost one is replaced by whoever notices.
final class ConnectionPool: Sendable {
    private let url: DatabaseURL
    private let threads: ThreadPool
    private let state = Lock(State())

    private struct State {
        var idle: [Connection] = []
        var running = 0
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    /// Whoever has waited this long for a thread is refused: the queue must not outgrow its clients.
    let patience: Duration

    init(url: DatabaseURL, connections: Int, patience: Duration = .seconds(10)) {
        self.url = url
        self.patience = patience
        threads = ThreadPool(name: "postgres", threads: connections)
    }

    /// Runs blocking work on one of the pool's threads.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        let isOpen = state.withLock { state in
            if !state.isClosed { state.running += 1 }
            return !state.isClosed
        }
        guard isOpen else { throw .closed }
        defer { leave() }
        let patience = patience
        let asked = ContinuousClock.now
        return try await threads.run { () throws(StoreFault) -> Value in
            guard ContinuousClock.now - asked < patience else { throw .busy("every connection was in use") }
            return try body()
        }
    }

    /// Queues blocking work without waiting for it; false, and it is not done, once the pool was closed.
    func perform(_ body: @escaping @Sendable () -> Void) -> Bool {
        let isOpen = state.withLock { state in
            if !state.isClosed { state.running += 1 }
            return !state.isClosed
        }
        guard isOpen else { return false }
        threads.execute {
            body()
            self.leave()
        }
        return true
    }

    var statistics: StoreStatistics {
        let limit = threads.threadCount
        return state.withLock { state in
            let inUse = min(state.running, limit)
            return StoreStatistics(
                connections: state.idle.count + inUse, connectionsInUse: inUse, connectionLimit: limit,
                waiting: state.running - inUse)
        }
    }

    /// A connection that was used before, most recently first; `nil` when there is none.
    func takeIdle() -> Connection? { state.withLock { $0.idle.popLast() } }

    func connect() throws(Failure) -> Connection { try Connection(to: url) }

    func giveBack(_ connection: Connection) {
        guard connection.isUsable else { return }
        state.withLock { state in state.idle.append(connection) }
    }

    /// Lets the work under way finish, then closes every connection.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.running > 0 { state.closers.append(continuation) }
                return state.running == 0
            }
            if isIdle { continuation.resume() }
        }
        state.withLock { $0.idle.removeAll() }
        threads.shutDown()
    }

    private func leave() {
        let closers = state.withLock { state in
            state.running -= 1
            guard state.running == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.closers.removeAll() }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }
}
