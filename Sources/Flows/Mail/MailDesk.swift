internal import Concurrency
internal import Domain
internal import Storage

/// What this process knows of mail: whether there may be news, what it is sending just now, and how it went.
///
/// A class, because those who write letters and the one who delivers them share it.
final class MailDesk: Sendable {
    private struct State {
        /// Until when the database is looked at often, because a letter was appended; by the monotonic clock.
        var eagerUntil: Int64 = 0
        var inHand: Set<ID<MailItem>> = []
        var counts = MailCounts()
    }

    let bell = Wakeup()
    private let state = Lock(State())
    private let monotonic: @Sendable () -> Int64

    init(monotonic: @escaping @Sendable () -> Int64) { self.monotonic = monotonic }

    /// Of a transaction that is about to be committed, a commit takes this at most.
    private static let eagerness: Int64 = 2_000

    /// A letter was appended; its transaction is not committed yet.
    func announce() {
        let until = monotonic() + Self.eagerness
        state.withLock { $0.eagerUntil = until }
        bell.ring()
    }

    /// Whether the letter that was announced may still be on its way.
    var isEager: Bool {
        let now = monotonic()
        return state.withLock { $0.eagerUntil > now }
    }

    /// It was found.
    func calm() { state.withLock { $0.eagerUntil = 0 } }

    /// False where this process is sending it already.
    func take(_ id: ID<MailItem>) -> Bool { state.withLock { $0.inHand.insert(id).inserted } }

    func putDown(_ id: ID<MailItem>) {
        state.withLock { _ = $0.inHand.remove(id) }
        bell.ring()
    }

    var load: Int { state.withLock { $0.inHand.count } }

    func count(_ path: WritableKeyPath<MailCounts, UInt64>) { state.withLock { $0.counts[keyPath: path] += 1 } }

    var counts: MailCounts { state.withLock { $0.counts } }
}

/// How tries went since this process started.
public struct MailCounts: Sendable {
    public internal(set) var sent: UInt64 = 0
    /// To be tried again.
    public internal(set) var failed: UInt64 = 0
    public internal(set) var dead: UInt64 = 0
    /// Of no use any more before they could be sent.
    public internal(set) var dropped: UInt64 = 0
}
