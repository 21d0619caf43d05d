internal import Concurrency
internal import Domain
internal import Storage

/// A store that counts and times what it is asked, and says when something was committed, so that the audit file and the
/// streams follow within milliseconds.
final class WatchedStore: Store {
    private let store: any Store
    private let work: DatabaseWork
    private let followers: [Wakeup]

    init(_ store: any Store, _ work: DatabaseWork, _ followers: Wakeup...) {
        self.store = store
        self.work = work
        self.followers = followers
    }

    var isShared: Bool { store.isShared }
    var statistics: StoreStatistics { store.statistics }

    func transaction<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        let start = MonotonicTime.now()
        do {
            let value = try await store.transaction(in: scope, body)
            work.note(.transaction, since: start, isDone: true)
            for follower in followers { follower.ring() }
            return value
        } catch {
            work.note(.transaction, since: start, isDone: false)
            throw error
        }
    }

    /// Leaves no event, so nobody has to follow.
    func advance(
        _ session: ID<Session>, in scope: StoreScope, from counter: Counter, origin: SessionOrigin
    ) async throws(StoreFault) -> Bool {
        let start = MonotonicTime.now()
        do {
            let isFirst = try await store.advance(session, in: scope, from: counter, origin: origin)
            work.note(.transaction, since: start, isDone: true)
            return isFirst
        } catch {
            work.note(.transaction, since: start, isDone: false)
            throw error
        }
    }

    func read<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        let start = MonotonicTime.now()
        do {
            let value = try await store.read(in: scope, body)
            work.note(.read, since: start, isDone: true)
            return value
        } catch {
            work.note(.read, since: start, isDone: false)
            throw error
        }
    }

    func readFirst<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        let start = MonotonicTime.now()
        do {
            let value = try await store.readFirst(body)
            work.note(.read, since: start, isDone: true)
            return value
        } catch {
            work.note(.read, since: start, isDone: false)
            throw error
        }
    }

    func onChange(_ wake: @escaping @Sendable () -> Void) { store.onChange(wake) }

    var isListening: Bool { store.isListening }

    func examine() async throws(StoreFault) -> StoreExamination { try await store.examine() }

    func copy(to path: String) async throws(StoreFault) -> Bool { try await store.copy(to: path) }

    func forgetDeleted() async throws(StoreFault) -> Bool { try await store.forgetDeleted() }

    func close() async { await store.close() }
}

/// How many transactions and reads there were, and how long they took.
final class DatabaseWork: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case transaction, read

        fileprivate var row: Int { self == .transaction ? 0 : 1 }
    }

    private let outcomes: Tallies
    private let times: Histogram

    /// `lanes` is the number of event loops.
    init(lanes: Int) {
        outcomes = Tallies(count: 2 * Kind.allCases.count, lanes: lanes)
        times = Histogram(bounds: Histogram.latencies, rows: Kind.allCases.count, lanes: lanes)
    }

    func note(_ kind: Kind, since start: MonotonicTime, isDone: Bool) {
        outcomes.add(at: 2 * kind.row + (isDone ? 0 : 1))
        times.note(MonotonicTime.now().since(start), row: kind.row)
    }

    func done(_ kind: Kind) -> UInt64 { outcomes.sum(at: 2 * kind.row) }
    func failed(_ kind: Kind) -> UInt64 { outcomes.sum(at: 2 * kind.row + 1) }
    func durations(_ kind: Kind) -> Distribution { times.distribution(row: kind.row) }
}
