import Concurrency
import Domain
import Storage

/// Runs several actors, one at a time, and decides after each of their steps who goes on.
///
/// An actor is ordinary code in a task of its own. It stands still at its beginning and wherever it calls ``pass()``,
/// which a ``SteppedStore`` does around what it is asked.
final class Stage: Sendable {
    @TaskLocal private static var actor: Int?
    /// False where an actor's reads before its first change do not matter, and would only make the orders many.
    @TaskLocal static var stopsAtFirstReads = true

    private struct State {
        var standing: [Int: CheckedContinuation<Void, Never>] = [:]
        var hasStopped = false
        var writers: Set<Int> = []
        var director: CheckedContinuation<Void, Never>?
    }

    private let state = Lock(State())

    /// Where an actor stands until it is its turn again; for anybody else, nothing.
    func pass() async {
        guard let actor = Self.actor else { return }
        await withCheckedContinuation { standing in
            let director = state.withLock { state in
                state.standing[actor] = standing
                return Self.stop(&state)
            }
            director?.resume()
        }
    }

    func noteChange() { _ = Self.actor.map { actor in state.withLock { $0.writers.insert(actor).inserted } } }

    var stopsAtReads: Bool {
        Self.stopsAtFirstReads || Self.actor.map { actor in state.withLock { $0.writers.contains(actor) } } ?? true
    }

    /// Plays to the end. `choose` says which of so many goes on; `look` looks at the stage after every step.
    func play(
        _ actors: [@Sendable () async throws -> Void], choose: (Int) -> Int, look: () throws -> Void
    ) async throws {
        state.withLock { $0.writers = [] }
        var tasks: [Task<Void, any Error>] = []
        for (number, body) in actors.enumerated() {
            tasks.append(
                Task {
                    try await Self.$actor.withValue(number) {
                        await pass()
                        defer { state.withLock { Self.stop(&$0) }?.resume() }
                        try await body()
                    }
                })
            await standstill()
        }
        while true {
            let standing = state.withLock { $0.standing.keys.sorted() }
            if standing.isEmpty { break }
            let next = standing[choose(standing.count)]
            state.withLock { $0.standing.removeValue(forKey: next) }?.resume()
            await standstill()
            try look()
        }
        for task in tasks { try await task.value }
    }

    private static func stop(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        let director = state.director.take()
        if director == nil { state.hasStopped = true }
        return director
    }

    private func standstill() async {
        await withCheckedContinuation { director in
            let hasStopped = state.withLock { state in
                if state.hasStopped {
                    state.hasStopped = false
                    return true
                }
                state.director = director
                return false
            }
            if hasStopped { director.resume() }
        }
    }
}

/// The orders in which steps can happen: all of them, one after another, or so many drawn by chance that repeats itself.
struct Orders {
    private var path: [(chosen: Int, of: Int)] = []
    private var depth = 0
    private var random: UInt64
    private let drawn: Int?
    private(set) var count = 0

    init(drawn: Int?, seed: UInt64 = 1) {
        self.drawn = drawn
        random = seed
    }

    /// False when there is none left.
    mutating func next() -> Bool {
        defer { count += 1 }
        depth = 0
        if let drawn {
            path = []
            return count < drawn
        }
        guard count > 0 else { return true }
        while let last = path.popLast() {
            if last.chosen + 1 < last.of {
                path.append((last.chosen + 1, last.of))
                return true
            }
        }
        return false
    }

    mutating func choose(of standing: Int) -> Int {
        defer { depth += 1 }
        if depth == path.count {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            path.append((drawn == nil ? 0 : Int(random >> 33) % standing, standing))
        }
        return path[depth].chosen
    }

    /// For a failure's message.
    var text: String { path.map { "\($0.chosen)" }.joined(separator: " ") }
}

/// A store whose callers stand still before and after whatever they ask of it.
final class SteppedStore: Store {
    let isShared = true
    private let store: any Store
    private let stage: Stage

    init(_ store: any Store, _ stage: Stage) {
        self.store = store
        self.stage = stage
    }

    func transaction<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        await stage.pass()
        let value = try await store.transaction(in: scope, body)
        stage.noteChange()
        await stage.pass()
        return value
    }

    func advance(
        _ session: ID<Session>, in scope: StoreScope, from counter: Counter, origin: SessionOrigin
    ) async throws(StoreFault) -> Bool {
        await stage.pass()
        let value = try await store.advance(session, in: scope, from: counter, origin: origin)
        await stage.pass()
        return value
    }

    func read<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        guard stage.stopsAtReads else { return try await store.read(in: scope, body) }
        await stage.pass()
        let value = try await store.read(in: scope, body)
        await stage.pass()
        return value
    }

    func examine() async throws(StoreFault) -> StoreExamination { try await store.examine() }

    func copy(to path: String) async throws(StoreFault) -> Bool { try await store.copy(to: path) }

    func forgetDeleted() async throws(StoreFault) -> Bool { try await store.forgetDeleted() }

    func close() async {}
}
