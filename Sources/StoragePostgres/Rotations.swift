internal import Concurrency
internal import Domain
internal import Storage
internal import StorageSQL

/// Puts the rotations that wait while others are on their way into one transaction, as SQLite's writer does with
/// everything: a commit and its round trips cost the same however many rotations share them.
///
/// Nobody waits for a partner, and none for a row that a stranger holds: see ``StorageSQL/SQLTransaction/advance(_:)``.
final class Rotations: Sendable {
    private struct Waiting: Sendable {
        let rotation: Rotation
        let scope: StoreScope
        let since: ContinuousClock.Instant
        let finish: @Sendable (Result<Bool, StoreFault>) -> Void
    }

    private struct State {
        var waiting: [Waiting] = []
        var running = 0
    }

    /// Members of one transaction. More would make the first wait longer without saving much.
    static let batchLimit = 128
    /// Transactions under way: the next is on its way to the server while one waits for the disk.
    private static let batchesAtOnce = 2

    private let pool: ConnectionPool
    private let state = Lock(State())

    init(pool: ConnectionPool) { self.pool = pool }

    func advance(_ rotation: Rotation, in scope: StoreScope) async throws(StoreFault) -> Bool {
        let result = await withCheckedContinuation { continuation in
            add(Waiting(rotation: rotation, scope: scope, since: .now) { continuation.resume(returning: $0) })
        }
        return try result.get()
    }

    private func add(_ waiting: Waiting) {
        let mustStart = state.withLock { state in
            state.waiting.append(waiting)
            guard state.running < Self.batchesAtOnce else { return false }
            state.running += 1
            return true
        }
        guard mustStart else { return }
        if !pool.perform({ self.drain() }) {
            let refused = state.withLock { state in
                state.running -= 1
                defer { state.waiting = [] }
                return state.waiting
            }
            for waiting in refused { waiting.finish(.failure(.closed)) }
        }
    }

    private func drain() {
        while let batch = takeBatch() { run(batch) }
    }

    private func takeBatch() -> ArraySlice<Waiting>? {
        state.withLock { state in
            let batch = state.waiting.prefix(Self.batchLimit)
            state.waiting.removeFirst(batch.count)
            guard batch.isEmpty else { return batch }
            state.running -= 1
            return nil
        }
    }

    private func run(_ batch: ArraySlice<Waiting>) {
        let now = ContinuousClock.now
        var patient: [Waiting] = []
        for waiting in batch {
            if now - waiting.since < pool.patience {
                patient.append(waiting)
            } else {
                waiting.finish(.failure(.busy("every connection was in use")))
            }
        }
        guard !patient.isEmpty else { return }
        let rotations = patient.map(\.rotation)
        do throws(StoreFault) {
            // Those of several realms may still share a commit: the statement touches the rows that were proven, and no other.
            let scope = patient.allSatisfy { $0.scope == patient[0].scope } ? patient[0].scope : .server
            let outcomes = try pool.transact(.change, in: scope) { (attempt) throws(StoreFault) in
                try SQLTransaction(attempt).advance(rotations)
            }
            for (waiting, isFirst) in zip(patient, outcomes) { waiting.finish(.success(isFirst)) }
        } catch {
            for waiting in patient { waiting.finish(.failure(error)) }
        }
    }
}
