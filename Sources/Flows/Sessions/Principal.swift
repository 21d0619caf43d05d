public import Domain
internal import Storage
internal import Synchronization

/// Whoever a request was proven to come from, with what they hold right now; kept for as long as that is known.
///
/// One object for each live session: who it belongs to, and what happened since the database was last told. A class,
/// because many requests on many loops meet in it; what changes is atomic. It has nothing that is not needed, because
/// there are as many as people are signed in.
public final class Principal: Sendable {
    public let user: Person
    public let session: ID<Session>
    public let grants: Grants
    /// Who acts as the user in this session; `nil` in the user's own.
    public let impersonation: Impersonation?
    let absoluteEnd: Timestamp
    /// In milliseconds.
    let idleLimit: Int64
    private let lastActivity: Atomic<Int64>
    /// The highest counter whose token, or access token minted beside it, was seen here; 0 for none.
    private let provenCounter = Atomic<Int64>(0)
    /// By the monotonic clock: how long ago that was must not change when somebody sets the wall clock.
    private let provenAt = Atomic<Int64>(0)
    private let isDirty = Atomic(false)

    init(
        _ user: Person, session: ID<Session>, grants: Grants, lastActivityAt: Timestamp, idleLimit: Duration,
        absoluteEnd: Timestamp, impersonation: Impersonation? = nil
    ) {
        self.user = user
        self.impersonation = impersonation
        self.session = session
        self.grants = grants
        self.absoluteEnd = absoluteEnd
        self.idleLimit = idleLimit.wholeMilliseconds
        lastActivity = Atomic(lastActivityAt.milliseconds)
    }

    convenience init(_ user: Person, _ session: Session, grants: Grants, impersonation: Impersonation? = nil) {
        self.init(
            user, session: session.id, grants: grants, lastActivityAt: session.lastActivityAt,
            idleLimit: session.idleLimit, absoluteEnd: session.absoluteEnd, impersonation: impersonation)
    }

    /// Also by what happened here since the session was read. The boundary millisecond itself is already over.
    func isOver(at now: Timestamp) -> Bool {
        if now >= absoluteEnd { return true }
        let (idle, overflow) = now.milliseconds.subtractingReportingOverflow(lastActivity.load(ordering: .relaxed))
        return overflow || idle >= idleLimit
    }

    /// Notes a use, and that the client holds `counter`. True when this is the first since the last ``takeActivity()``.
    ///
    /// - Parameter monotonic: milliseconds; asked only where there is something new.
    func note(counter: Int64, at now: Timestamp, monotonic: () -> Int64) -> Bool {
        if now.milliseconds > lastActivity.load(ordering: .relaxed) {
            lastActivity.store(now.milliseconds, ordering: .relaxed)
        }
        if counter > provenCounter.load(ordering: .relaxed) {
            // The time first: who reads the counter must find its time, or a later one, never an older one's.
            provenAt.store(monotonic(), ordering: .releasing)
            provenCounter.store(counter, ordering: .releasing)
        }
        if isDirty.load(ordering: .relaxed) { return false }
        return !isDirty.exchange(true, ordering: .relaxed)
    }

    /// The last use that this node knows of.
    var lastUse: Timestamp { Timestamp(milliseconds: lastActivity.load(ordering: .relaxed)) }

    /// Takes over a later use that another node has seen.
    func learn(use time: Timestamp) {
        if time > lastUse { lastActivity.store(time.milliseconds, ordering: .relaxed) }
    }

    /// How long ago `counter` was first proven to be in the client's hands, as far as this node knows.
    func sinceSeen(_ counter: Counter, monotonic: Int64) -> Duration? {
        guard provenCounter.load(ordering: .acquiring) == counter.value else { return nil }
        return .milliseconds(max(0, monotonic - provenAt.load(ordering: .acquiring)))
    }

    /// What the database should be told; use from now on counts as new.
    func takeActivity(at now: Timestamp, monotonic: Int64) -> SessionActivity {
        isDirty.store(false, ordering: .relaxed)
        return activity(at: now, monotonic: monotonic)
    }

    /// The same, without having told it.
    func activity(at now: Timestamp, monotonic: Int64) -> SessionActivity {
        let counter = Counter(provenCounter.load(ordering: .acquiring))
        let confirmation = counter.flatMap { counter in
            sinceSeen(counter, monotonic: monotonic).map {
                SessionActivity.Confirmation(counter: counter, at: now - $0)
            }
        }
        return SessionActivity(
            session: session, lastActivityAt: Timestamp(milliseconds: lastActivity.load(ordering: .relaxed)),
            confirmed: confirmation)
    }
}
