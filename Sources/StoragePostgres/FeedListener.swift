internal import Concurrency
internal import Domain
internal import Glibc
internal import Storage
internal import Synchronization

/// A connection on which the server says that the feed has grown, so that it is looked at within milliseconds.
///
/// Nothing is right or wrong because of it: whoever follows the feed looks without being told too. It therefore needs no
/// more than to come back by itself, from a restart of the server as from a line on which nothing arrives any more.
final class FeedListener: Sendable {
    /// How often the line is tried, and how long it may be silent then.
    private static let probePeriod = Duration.seconds(5)
    private static let patience = Duration.seconds(2)
    private static let delays = (first: Duration.milliseconds(100), last: Duration.seconds(5))
    /// Behind a pooler nothing is told; it may have been taken away.
    private static let pooledDelay = Duration.seconds(60)

    private struct State {
        var thread: ThreadPool?
        /// What is written here ends every wait.
        var stop: (reading: Int32, writing: Int32)?
        var isStopped = false
    }

    private let url: DatabaseURL
    private let state = Lock(State())
    private let isConnected = Atomic(false)

    init(url: DatabaseURL) { self.url = url }

    var isListening: Bool { isConnected.load(ordering: .relaxed) }

    /// Listens on a thread of its own until ``stop()``; the first call counts.
    func start(_ wake: @escaping @Sendable () -> Void) {
        state.withLock { state in
            guard state.thread == nil, !state.isStopped else { return }
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            // Without it nothing is told early, and nothing else is missing.
            guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return }
            let thread = ThreadPool(name: "postgres-feed", threads: 1)
            state.thread = thread
            state.stop = (ends[0], ends[1])
            thread.execute { [ends] in self.run(until: ends[0], wake) }
        }
    }

    /// Waits for the thread, which may be connecting.
    func stop() {
        let (thread, ends) = state.withLock { state in
            defer { (state.thread, state.stop) = (nil, nil) }
            state.isStopped = true
            return (state.thread, state.stop)
        }
        guard let thread, let ends else { return }
        shutdown(ends.writing, Int32(SHUT_RDWR))
        thread.shutDown()
        close(ends.reading)
        close(ends.writing)
    }

    private func run(until stop: Int32, _ wake: () -> Void) {
        var delay = Self.delays.first
        while true {
            var pause = delay
            delay = min(delay * 2, Self.delays.last)
            do throws(Failure) {
                let connection = try Connection(to: url)
                if try connection.isPooled(until: .now + Self.patience) {
                    pause = Self.pooledDelay
                } else {
                    try ask("LISTEN aldrava_feed", on: connection)
                    isConnected.store(true, ordering: .relaxed)
                    delay = Self.delays.first
                    // Nobody told of what was announced before.
                    wake()
                    try follow(connection, until: stop, wake)
                    return
                }
            } catch {
                // Whoever follows the feed says so where the database is away.
            }
            isConnected.store(false, ordering: .relaxed)
            if Self.wait(for: -1, stop: stop, until: .now + pause) == .stop { return }
        }
    }

    /// Returns at the end only; a lost line throws.
    private func follow(_ connection: Connection, until stop: Int32, _ wake: () -> Void) throws(Failure) {
        var probe = ContinuousClock.now + Self.probePeriod
        while true {
            switch Self.wait(for: connection.descriptor, stop: stop, until: probe) {
            case .stop: return
            case .input: try connection.receive()
            case .nothing:
                try ask("SELECT 1", on: connection)
                probe = .now + Self.probePeriod
            }
            if connection.takeNotifications() > 0 { wake() }
        }
    }

    private func ask(_ text: StaticString, on connection: Connection) throws(Failure) {
        _ = try connection.exchange([Connection.Statement(text: text, values: [])], until: .now + Self.patience)
    }

    private enum Event { case stop, input, nothing }

    private static func wait(for descriptor: Int32, stop: Int32, until deadline: ContinuousClock.Instant) -> Event {
        while true {
            let left = max(0, (deadline - ContinuousClock.now).wholeMilliseconds)
            var watched = [
                pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let ready = unsafe poll(&watched, 2, Int32(clamping: left))
            if ready < 0 { continue }
            if watched[0].revents != 0 { return .stop }
            if watched[1].revents != 0 { return .input }
            if left <= 0 { return .nothing }
        }
    }
}
