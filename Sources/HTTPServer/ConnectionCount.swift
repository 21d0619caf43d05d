internal import Concurrency
internal import HTTP

/// How many connections there are, in total and per address, over all loops.
///
/// Asked once per connection, never per request, so a lock is cheap enough.
final class ConnectionCount: Sendable {
    private struct State {
        var total = 0
        var perSource: [AddressBlock: Int] = [:]
    }

    private let state = Lock(State())
    private let most: Int
    private let mostPerSource: Int

    init(most: Int, mostPerSource: Int) {
        self.most = most
        self.mostPerSource = mostPerSource
    }

    var total: Int { state.withLock { $0.total } }

    /// One IPv4 address; an IPv6 /64, because a single customer can use all of it.
    static func source(of address: IPAddress) -> AddressBlock {
        AddressBlock(of: address, prefix: address.isV4 ? 32 : 64)
    }

    enum Verdict {
        case taken
        /// All places are taken.
        case full
        /// This source has as many as one may have.
        case fullForSource
    }

    /// Takes a place. Without a source only the total is counted.
    func take(_ source: AddressBlock?) -> Verdict {
        state.withLock { state in
            // First the source's own limit, so that nobody has to make room for one who has enough.
            if let source, state.perSource[source] ?? 0 >= mostPerSource { return .fullForSource }
            guard state.total < most else { return .full }
            if let source { state.perSource[source, default: 0] += 1 }
            state.total += 1
            return .taken
        }
    }

    /// Counts a connection that has its place for a source that was not known before; `false` when that has too many.
    func assign(_ source: AddressBlock) -> Bool {
        state.withLock { state in
            let count = state.perSource[source] ?? 0
            guard count < mostPerSource else { return false }
            state.perSource[source] = count + 1
            return true
        }
    }

    func giveBack(_ source: AddressBlock?) {
        state.withLock { state in
            state.total -= 1
            guard let source, let count = state.perSource[source] else { return }
            state.perSource[source] = count > 1 ? count - 1 : nil
        }
    }
}
