internal import Concurrency
internal import Storage

/// A store that says when something was committed, so that the audit file and the streams follow within milliseconds.
struct WatchedStore: Store {
    private let store: any Store
    private let followers: [Wakeup]

    init(_ store: any Store, _ followers: Wakeup...) {
        self.store = store
        self.followers = followers
    }

    var isShared: Bool { store.isShared }

    func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        let value = try await store.transaction(body)
        for follower in followers { follower.ring() }
        return value
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        try await store.read(body)
    }

    func examine() async throws(StoreFault) -> StoreExamination { try await store.examine() }

    func copy(to path: String) async throws(StoreFault) -> Bool { try await store.copy(to: path) }

    func close() async { await store.close() }
}
