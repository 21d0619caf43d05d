internal import Concurrency
internal import Crypto
internal import Domain
internal import Storage
internal import Synchronization

/// What this node remembers so that a warm check asks no database: verified tokens and live sessions.
///
/// Three rules keep it honest. *Invalidate*: whoever changes something tells this cache after the commit and
/// before the answer. *Fill*: a fill notes its ``mark()`` before it reads, and is dropped if what it read was
/// invalidated since. *Lease*: where other nodes may change the same data, nothing is used later than 500 ms
/// after the start of the last completed look at their feed.
final class LiveSessions: Sendable {
    /// A token whose signature was good, by the SHA-256 of its text.
    struct VerifiedToken: Sendable {
        let session: ID<Session>
        let user: ID<User>
        let realm: RealmName
        let expiresAt: Timestamp
        /// The `rc` claim: the refresh counter the token was minted beside.
        let counter: Int64
        /// The key that signed it.
        let kid: String
    }

    /// A place in the order of invalidations.
    struct Mark: Sendable { fileprivate let sequence: UInt64 }

    struct State {
        var tokens: TwoGenerations<Digest.SHA256Value, VerifiedToken>
        var sessions: TwoGenerations<ID<Session>, LiveSession>
        var sessionsOfUser: [ID<User>: Set<ID<Session>>] = [:]
        /// Sessions in `sessionsOfUser`, those that `sessions` has dropped since among them.
        var indexed = 0
        var sequence: UInt64 = 0
        var hits: UInt64 = 0
        var misses: UInt64 = 0
        var recent: [Change] = []
        var dirty: [LiveSession] = []
    }

    static let leaseLength: Int64 = 500
    private static let recentLimit = 1_024
    let state: Lock<State>
    private let capacity: Int
    let isShared: Bool
    let leaseEnd = Atomic<Int64>(0)
    let monotonic: @Sendable () -> Int64

    /// `capacity` counts sessions; twice as many tokens are remembered. `monotonic` is in milliseconds.
    init(capacity: Int, isShared: Bool, monotonic: @escaping @Sendable () -> Int64) {
        state = Lock(
            State(tokens: TwoGenerations(capacity: 2 * capacity), sessions: TwoGenerations(capacity: capacity)))
        self.capacity = capacity
        self.isShared = isShared
        self.monotonic = monotonic
    }

    /// False while the feed was not read lately enough; then only the database can be believed.
    var isUsable: Bool { !isShared || monotonic() < leaseEnd.load(ordering: .acquiring) }

    /// `start` is the monotonic time at which a completed poll of the feed began.
    func extendLease(from start: Int64) { leaseEnd.store(start + Self.leaseLength, ordering: .releasing) }

    /// The token and its session, if both are remembered and still good at `now`. One lock, no database.
    func find(_ digest: Digest.SHA256Value, at now: Timestamp) -> (VerifiedToken, LiveSession)? {
        guard isUsable else {
            state.withLock { $0.misses &+= 1 }
            return nil
        }
        return state.withLock { state in
            guard let token = state.tokens.value(for: digest), now < token.expiresAt,
                let session = state.sessions.value(for: token.session), !session.isOver(at: now)
            else {
                state.misses &+= 1
                return nil
            }
            state.hits &+= 1
            return (token, session)
        }
    }

    func verifiedToken(_ digest: Digest.SHA256Value) -> VerifiedToken? {
        state.withLock { $0.tokens.value(for: digest) }
    }

    func session(_ id: ID<Session>) -> LiveSession? { state.withLock { $0.sessions.value(for: id) } }

    /// Unless the realm's keys have changed since `mark`, which was taken before they were looked at.
    func remember(_ token: VerifiedToken, digest: Digest.SHA256Value, since mark: Mark) {
        state.withLock { state in
            let missed = state.sequence - mark.sequence
            guard missed <= UInt64(state.recent.count),
                !state.recent.suffix(Int(missed)).contains(.signingKeys(token.realm))
            else { return }
            state.tokens.insert(token, for: digest)
        }
    }

    /// Taken before the reads of a fill.
    func mark() -> Mark { Mark(sequence: state.withLock { $0.sequence }) }

    /// Keeps what was read since `mark`, unless it was invalidated meanwhile; returns what is to be used now.
    func fill(_ principal: Principal, since mark: Mark) -> LiveSession {
        let fresh = LiveSession(principal)
        return state.withLock { state in
            guard isUsable, !Self.wasInvalidated(principal, since: mark, in: state) else { return fresh }
            if let present = state.sessions.value(for: principal.session.id) { return present }
            state.sessions.insert(fresh, for: principal.session.id)
            if state.sessionsOfUser[principal.user.id, default: []].insert(principal.session.id).inserted {
                state.indexed += 1
            }
            if state.indexed > 2 * capacity { Self.rebuildIndex(in: &state) }
            return fresh
        }
    }

    /// Forgets everything a change touches. Called after the commit and before its answer leaves.
    func invalidate(_ changes: Change...) {
        state.withLock { state in
            for change in changes {
                state.sequence += 1
                state.recent.append(change)
                Self.forget(change, in: &state)
            }
            if state.recent.count > Self.recentLimit {
                state.recent.removeFirst(state.recent.count - Self.recentLimit / 2)
            }
        }
    }

    /// Forgets everything, for when it is not known what changed.
    func invalidateAll() {
        state.withLock { state in
            // More than `recent` can hold is missed: every fill under way is dropped too.
            state.sequence += UInt64(Self.recentLimit) + 1
            state.recent = []
            state.tokens.removeAll { _ in true }
            state.sessions.removeAll { _ in true }
            state.sessionsOfUser = [:]
            state.indexed = 0
        }
    }

    /// How many sessions the index of users holds.
    var indexedSessions: Int { state.withLock { $0.sessionsOfUser.values.reduce(0) { $0 + $1.count } } }

    /// Queues what a session's use has to tell the database.
    func markDirty(_ session: LiveSession) { state.withLock { $0.dirty.append(session) } }

    /// Everything noted since the last call.
    func takeActivity() -> [SessionActivity] {
        let dirty = state.withLock { state in
            defer { state.dirty = [] }
            return state.dirty
        }
        return dirty.map { $0.takeActivity() }
    }

    private static func forget(_ change: Change, in state: inout State) {
        switch change {
        case .session(let id, _):
            guard let user = state.sessions.remove(id)?.principal.user.id else { return }
            if state.sessionsOfUser[user]?.remove(id) != nil { state.indexed -= 1 }
            if state.sessionsOfUser[user]?.isEmpty == true { state.sessionsOfUser[user] = nil }
        case .user(let id, _):
            let gone = state.sessionsOfUser.removeValue(forKey: id) ?? []
            state.indexed -= gone.count
            for session in gone { state.sessions.remove(session) }
        case .realm(let realm):
            state.sessions.removeAll { $0.principal.session.realm == realm }
        case .signingKeys(let realm):
            state.tokens.removeAll { $0.realm == realm }
        }
    }

    /// Drops what the cache has dropped, so that the index never grows far beyond it: not by the number of users, nor
    /// by the sessions of one who signs in again and again.
    private static func rebuildIndex(in state: inout State) {
        state.sessionsOfUser = [:]
        state.indexed = 0
        for session in state.sessions.values {
            state.sessionsOfUser[session.principal.user.id, default: []].insert(session.principal.session.id)
            state.indexed += 1
        }
    }

    private static func wasInvalidated(_ principal: Principal, since mark: Mark, in state: State) -> Bool {
        let missed = state.sequence - mark.sequence
        guard missed <= UInt64(state.recent.count) else { return true }
        return state.recent.suffix(Int(missed)).contains { change in
            switch change {
            case .session(let id, _): id == principal.session.id
            case .user(let id, _): id == principal.user.id
            case .realm(let realm), .signingKeys(let realm): realm == principal.session.realm
            }
        }
    }
}
