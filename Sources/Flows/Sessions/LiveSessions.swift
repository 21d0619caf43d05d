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
    /// A token whose signature was good.
    struct VerifiedToken: Sendable {
        let session: ID<Session>
        let user: ID<User>
        let expiresAt: Timestamp
        /// The `rc` claim: the refresh counter the token was minted beside.
        let counter: Int64
        fileprivate(set) var issuer: Issuer

        var realm: RealmName { issuer.realm }
        /// The key that signed it.
        var kid: String { issuer.kid }

        init(
            session: ID<Session>, user: ID<User>, realm: RealmName, expiresAt: Timestamp, counter: Int64, kid: String
        ) {
            self.session = session
            self.user = user
            self.expiresAt = expiresAt
            self.counter = counter
            issuer = Issuer(realm: realm, kid: kid)
        }
    }

    /// What thousands of tokens have in common: kept once.
    final class Issuer: Sendable {
        let realm: RealmName
        let kid: String

        init(realm: RealmName, kid: String) {
            self.realm = realm
            self.kid = kid
        }
    }

    /// What stands for a token's text here: nobody who is not this process can choose it, or find a text for it.
    typealias TokenName = SipHash.Value

    /// A place in the order of invalidations.
    struct Mark: Sendable { fileprivate let sequence: UInt64 }

    struct State {
        var tokens: TwoGenerations<TokenName, VerifiedToken>
        fileprivate(set) var sessions: TwoGenerations<ID<Session>, Known>
        /// Whoever changed since the last sweep, with the place of the last change: what was read of them before is not
        /// believed, and goes when it is met, or at the next sweep.
        var changedUsers: [ID<User>: UInt64] = [:]
        var issuers: [Issuer] = []
        /// Most people hold the same few roles: their names are kept once.
        var grants: Set<Grants> = []
        var sequence: UInt64 = 0
        var hits: UInt64 = 0
        var misses: UInt64 = 0
        var recent: [Change] = []
        var dirty: [Principal] = []
    }

    /// A session with the number of changes that what was read of it holds.
    struct Known: Sendable {
        let principal: Principal
        fileprivate let sequence: UInt64

        fileprivate func isOutdated(by changes: [ID<User>: UInt64]) -> Bool {
            if changes.isEmpty { return false }
            return changes[principal.user.id].map { sequence < $0 } ?? false
        }
    }

    static let leaseLength: Int64 = 500
    private static let recentLimit = 1_024
    private static let mostGrants = 1_024
    /// A sweep looks at every session, so it must not be for the sake of a few.
    static let mostChangedUsers = 1_024
    /// Two tables that are filled to the last place before they would double, with as many entries each.
    static let standardCapacity = 196_608
    private let names = SipHash()
    let state: Lock<State>
    let isShared: Bool
    let leaseEnd = Atomic<Int64>(0)
    let monotonic: @Sendable () -> Int64

    /// `capacity` counts sessions; as many tokens are remembered. `monotonic` is in milliseconds.
    init(capacity: Int, isShared: Bool, monotonic: @escaping @Sendable () -> Int64) {
        state = Lock(
            State(tokens: TwoGenerations(capacity: capacity), sessions: TwoGenerations(capacity: capacity)))
        self.isShared = isShared
        self.monotonic = monotonic
    }

    /// False while the feed was not read lately enough; then only the database can be believed.
    var isUsable: Bool { !isShared || monotonic() < leaseEnd.load(ordering: .acquiring) }

    /// `start` is the monotonic time at which a completed poll of the feed began.
    func extendLease(from start: Int64) { leaseEnd.store(start + Self.leaseLength, ordering: .releasing) }

    func name(of token: ArraySlice<UInt8>) -> TokenName { names.value(of: token) }

    /// Who a token speaks for, if token and session are both remembered and still good at `now`. One lock, no database.
    ///
    /// - Parameter isUse: false for looking only.
    func find(_ name: TokenName, in realm: RealmName, at now: Timestamp, isUse: Bool) -> Principal? {
        guard isUsable else { return nil }
        return state.withLock { state in
            guard let token = state.tokens.value(for: name) else { return nil }
            return Self.principal(of: token, in: realm, at: now, isUse: isUse, &state)
        }
    }

    /// The same for a token that has just been checked, of a session that may be known by others of its tokens.
    func find(_ token: VerifiedToken, in realm: RealmName, at now: Timestamp) -> Principal? {
        guard isUsable else { return nil }
        return state.withLock { Self.principal(of: token, in: realm, at: now, isUse: true, &$0) }
    }

    private static func principal(
        of token: VerifiedToken, in realm: RealmName, at now: Timestamp, isUse: Bool, _ state: inout State
    ) -> Principal? {
        guard now < token.expiresAt, token.issuer.realm == realm,
            let principal = Self.principal(of: token.session, in: &state), principal.user.id == token.user,
            principal.user.realm == realm, !principal.isOver(at: now)
        else { return nil }
        state.hits &+= 1
        if isUse, principal.note(counter: token.counter, at: now) { state.dirty.append(principal) }
        return principal
    }

    private static func principal(of session: ID<Session>, in state: inout State) -> Principal? {
        guard let known = state.sessions.value(for: session) else { return nil }
        if known.isOutdated(by: state.changedUsers) {
            state.sessions.remove(session)
            return nil
        }
        return known.principal
    }

    /// Counts a check that memory alone did not pass.
    func noteMiss() { state.withLock { $0.misses &+= 1 } }

    func verifiedToken(_ name: TokenName) -> VerifiedToken? { state.withLock { $0.tokens.value(for: name) } }

    func session(_ id: ID<Session>) -> Principal? { state.withLock { Self.principal(of: id, in: &$0) } }

    /// Unless the realm's keys have changed since `mark`, which was taken before they were looked at.
    func remember(_ token: VerifiedToken, as name: TokenName, since mark: Mark) {
        state.withLock { state in
            let missed = state.sequence - mark.sequence
            guard missed <= UInt64(state.recent.count),
                !state.recent.suffix(Int(missed)).contains(.signingKeys(token.realm))
            else { return }
            var token = token
            token.issuer = Self.kept(token.issuer, in: &state)
            state.tokens.insert(token, for: name)
        }
    }

    /// Taken before the reads of a fill.
    func mark() -> Mark { Mark(sequence: state.withLock { $0.sequence }) }

    private static func kept(_ issuer: Issuer, in state: inout State) -> Issuer {
        for known in state.issuers where known.realm == issuer.realm && known.kid.utf8.elementsEqual(issuer.kid.utf8) {
            return known
        }
        state.issuers.append(issuer)
        return issuer
    }

    /// The same grants, in memory that others share.
    func shared(_ grants: Grants) -> Grants {
        state.withLock { state in
            if state.grants.count >= Self.mostGrants { state.grants = [] }
            let known = state.grants.insert(grants).memberAfterInsert
            return known.isSpelled(as: grants) ? known : grants
        }
    }

    /// Keeps what was read since `mark`, unless it was invalidated meanwhile; returns what is to be used now.
    func fill(_ fresh: Principal, since mark: Mark) -> Principal {
        state.withLock { state in
            guard isUsable, !Self.wasInvalidated(fresh, since: mark, in: state) else { return fresh }
            if let present = Self.principal(of: fresh.session, in: &state) { return present }
            state.sessions.insert(Known(principal: fresh, sequence: state.sequence), for: fresh.session)
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
            state.changedUsers = [:]
        }
    }

    /// Queues what a session's use has to tell the database.
    func markDirty(_ principal: Principal) { state.withLock { $0.dirty.append(principal) } }

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
            state.sessions.remove(id)
        case .user(let id, _):
            state.changedUsers[id] = state.sequence
            if state.changedUsers.count >= mostChangedUsers { sweep(&state) }
        case .realm(let realm):
            state.sessions.removeAll { $0.principal.user.realm == realm }
        case .signingKeys(let realm):
            state.tokens.removeAll { $0.realm == realm }
            state.issuers.removeAll { $0.realm == realm }
        }
    }

    private static func sweep(_ state: inout State) {
        let changed = state.changedUsers
        state.sessions.removeAll { $0.isOutdated(by: changed) }
        state.changedUsers = [:]
    }

    private static func wasInvalidated(_ principal: Principal, since mark: Mark, in state: State) -> Bool {
        let missed = state.sequence - mark.sequence
        guard missed <= UInt64(state.recent.count) else { return true }
        return state.recent.suffix(Int(missed)).contains { change in
            switch change {
            case .session(let id, _): id == principal.session
            case .user(let id, _): id == principal.user.id
            case .realm(let realm), .signingKeys(let realm): realm == principal.user.realm
            }
        }
    }
}
