internal import Concurrency
internal import Flows

/// What proxies demand, once it was understood: they ask with the few queries that stand in their configuration.
final class VerifyQueries: Sendable {
    struct Known: Sendable {
        let demand: Verify.Demand
        let redirect: VerifyQuestion.Redirect
    }

    /// More are not in use; whoever sends others makes room by having all of them read again.
    static let most = 256
    static let mostBytes = 1_024
    private let known = Lock<[ArraySlice<UInt8>: Known]>([:])

    subscript(query: ArraySlice<UInt8>) -> Known? { known.withLock { $0[query] } }

    func keep(_ query: ArraySlice<UInt8>, _ demand: Known) {
        guard query.count <= Self.mostBytes else { return }
        // Without the request around it.
        let query = Array(query)[...]
        known.withLock { known in
            if known.count >= Self.most { known = [:] }
            known[query] = demand
        }
    }
}
