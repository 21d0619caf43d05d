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
    let absoluteEnd: Timestamp
    /// In milliseconds.
    private let idleLimit: Int64
    private let lastActivity: Atomic<Int64>
    /// The highest counter whose token, or access token minted beside it, was seen here; 0 for none.
    private let provenCounter = Atomic<Int64>(0)
    private let provenAt = Atomic<Int64>(0)
    private let isDirty = Atomic(false)

    init(
        _ user: Person, session: ID<Session>, grants: Grants, lastActivityAt: Timestamp, idleLimit: Duration,
        absoluteEnd: Timestamp
    ) {
        self.user = user
        self.session = session
        self.grants = grants
        self.absoluteEnd = absoluteEnd
        self.idleLimit = idleLimit.wholeMilliseconds
        lastActivity = Atomic(lastActivityAt.milliseconds)
    }

    convenience init(_ user: Person, _ session: Session, grants: Grants) {
        self.init(
            user, session: session.id, grants: grants, lastActivityAt: session.lastActivityAt,
            idleLimit: session.idleLimit, absoluteEnd: session.absoluteEnd)
    }

    /// Also by what happened here since the session was read. The boundary millisecond itself is already over.
    func isOver(at now: Timestamp) -> Bool {
        if now >= absoluteEnd { return true }
        let (idle, overflow) = now.milliseconds.subtractingReportingOverflow(lastActivity.load(ordering: .relaxed))
        return overflow || idle >= idleLimit
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
            session: session, lastActivityAt: Timestamp(milliseconds: lastActivity.load(ordering: .relaxed)),
            confirmed: confirmation)
    }
}
