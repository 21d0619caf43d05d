internal import Domain
internal import Storage
internal import Synchronization

/// One session as this node remembers it: who it belongs to, and what happened since the database was last told.
///
/// A class, because many requests on many loops meet in it; what changes is atomic.
final class LiveSession: Sendable {
    let principal: Principal
    private let lastActivity: Atomic<Int64>
    /// The highest counter whose token, or access token minted beside it, was seen here; 0 for none.
    private let provenCounter: Atomic<Int64>
    private let provenAt: Atomic<Int64>
    private let isDirty = Atomic(false)

    init(_ principal: Principal) {
        self.principal = principal
        lastActivity = Atomic(principal.session.lastActivityAt.milliseconds)
        provenCounter = Atomic(0)
        provenAt = Atomic(0)
    }

    /// Also by what happened here since the session was read.
    func isOver(at now: Timestamp) -> Bool {
        let session = principal.session
        let seen = Timestamp(milliseconds: lastActivity.load(ordering: .relaxed))
        return now >= session.absoluteEnd || now >= seen + session.idleLimit
    }

    /// Notes a use, and that the client holds `counter`. True when this is the first since the last ``takeActivity()``.
    func note(counter: Int64, at now: Timestamp) -> Bool {
        if now.milliseconds > lastActivity.load(ordering: .relaxed) {
            lastActivity.store(now.milliseconds, ordering: .relaxed)
        }
        if counter > provenCounter.load(ordering: .relaxed) {
            // The time first: who reads the counter must find its time, or a later one, never an older one's.
            provenAt.store(now.milliseconds, ordering: .releasing)
            provenCounter.store(counter, ordering: .releasing)
        }
        if isDirty.load(ordering: .relaxed) { return false }
        return !isDirty.exchange(true, ordering: .relaxed)
    }

    /// When `counter` was first proven to be in the client's hands, as far as this node knows.
    func seenAt(_ counter: Counter) -> Timestamp? {
        guard provenCounter.load(ordering: .acquiring) == counter.value else { return nil }
        return Timestamp(milliseconds: provenAt.load(ordering: .acquiring))
    }

    /// What the database should be told; use from now on counts as new.
    func takeActivity() -> SessionActivity {
        isDirty.store(false, ordering: .relaxed)
        let confirmation = Counter(provenCounter.load(ordering: .acquiring)).map {
            SessionActivity.Confirmation(
                counter: $0, at: Timestamp(milliseconds: provenAt.load(ordering: .acquiring)))
        }
        return SessionActivity(
            session: principal.session.id,
            lastActivityAt: Timestamp(milliseconds: lastActivity.load(ordering: .relaxed)), confirmed: confirmation)
    }
}
