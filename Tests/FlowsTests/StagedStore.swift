internal import Concurrency
import Domain
import Storage

/// A real store that a test can make fail, or hold still between a read and its answer.
final class StagedStore: Store {
    private struct State {
        var isFailing = false
        var holdsReads = false
        var held: [CheckedContinuation<Void, Never>] = []
    }

    let isShared: Bool
    private let store: any Store
    private let state = Lock(State())

    init(_ store: any Store, isShared: Bool = false) {
        self.store = store
        self.isShared = isShared
    }

    func fail(_ isFailing: Bool) { state.withLock { $0.isFailing = isFailing } }

    /// The next read has its rows, and keeps them until ``letGo()``.
    func holdNextRead() { state.withLock { $0.holdsReads = true } }

    var heldReads: Int { state.withLock { $0.held.count } }

    func letGo() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    func transaction<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        if state.withLock({ $0.isFailing }) { throw .unavailable("the test says so") }
        return try await store.transaction(in: scope, body)
    }

    func advance(
        _ session: ID<Session>, in scope: StoreScope, from counter: Counter, origin: SessionOrigin
    ) async throws(StoreFault) -> Bool {
        if state.withLock({ $0.isFailing }) { throw .unavailable("the test says so") }
        return try await store.advance(session, in: scope, from: counter, origin: origin)
    }

    func read<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        let mustHold = state.withLock { state in
            defer { state.holdsReads = false }
            return state.holdsReads
        }
        let value = try await store.read(in: scope, body)
        if mustHold { await withCheckedContinuation { held in state.withLock { $0.held.append(held) } } }
        return value
    }

    func examine() async throws(StoreFault) -> StoreExamination { try await store.examine() }

    func copy(to path: String) async throws(StoreFault) -> Bool { try await store.copy(to: path) }

    func forgetDeleted() async throws(StoreFault) -> Bool { try await store.forgetDeleted() }

    func close() async { await store.close() }
}
