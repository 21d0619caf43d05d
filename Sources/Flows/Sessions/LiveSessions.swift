internal import Concurrency
internal import Crypto
internal import Domain
internal import Storage

/// What this node remembers so that a warm check asks no database: verified tokens and live sessions.
///
/// Three rules keep it honest. *Invalidate*: whoever changes something tells this cache after the commit and
/// before the answer. *Fill*: a fill notes its ``mark()`` before it reads, and is dropped if what it read was
/// invalidated since. *Lease*: where other nodes may change the same data, nothing is used later than 500 ms
/// after the start of the last completed look at their feed.
final class LiveSessions: Sendable {
    /// An access token whose signature was good, or an access cookie whose MAC was.
    struct VerifiedToken: Sendable {
        let session: ID<Session>
        /// Whose the token says that the session is; `.nobody` for a cookie, which says nothing.
        let user: ID<User>
        let expiresAt: Timestamp
        /// The `rc` claim: the refresh counter the token was minted beside.
        let counter: Int64
        fileprivate(set) var issuer: Issuer

        var realm: RealmName { issuer.realm }
        /// The key that signed it.
        var kid: String { issuer.kid }

        /// - Parameter client: whose cookie it is; `nil` for an access token.
        init(
            session: ID<Session>, user: ID<User>, realm: RealmName, expiresAt: Timestamp, counter: Int64, kid: String,
            client: String?
        ) {
            self.session = session
            self.user = user
            self.expiresAt = expiresAt
            self.counter = counter
            issuer = Issuer(realm: realm, kid: kid, client: client)
        }

        /// Whether it may be presented there, as what it is: a cookie is no token, nor another client's cookie.
        func isFor(_ realm: RealmName, client: String?) -> Bool {
            issuer.realm == realm && issuer.isFor(client)
        }

        func speaks(for owner: ID<User>) -> Bool { user == owner || (user == .nobody && issuer.client != nil) }
    }

    /// What thousands of tokens have in common: kept once.
    final class Issuer: Sendable {
        let realm: RealmName
        /// Empty for cookies.
        let kid: String
        /// `nil` for access tokens.
        let client: String?

        init(realm: RealmName, kid: String, client: String?) {
            self.realm = realm
            self.kid = kid
            self.client = client
        }

        func isFor(_ client: String?) -> Bool {
            guard let own = self.client else { return client == nil }
            return client.map { $0.utf8.elementsEqual(own.utf8) } ?? false
        }
    }

    /// What stands for a token's text here: nobody who is not this process can choose it, or find a text for it.
    typealias TokenName = SipHash.Value

    typealias Mark = RecentChanges.Mark

    struct State {
        var tokens: TwoGenerations<TokenName, VerifiedToken>
        fileprivate(set) var sessions: TwoGenerations<ID<Session>, Known>
        /// Whoever changed since the last sweep, with the place of the last change: what was read of them before is not
        /// believed, and goes when it is met, or at the next sweep.
        var changedUsers: [ID<User>: UInt64] = [:]
        var issuers: [Issuer] = []
        /// Most people hold the same few roles: their names are kept once.
        var grants: Set<Grants> = []
        var changes = RecentChanges()
        var hits: UInt64 = 0
        var misses: UInt64 = 0
        /// Sessions that hang on an operator, by their ids; some may be forgotten already.
        fileprivate var impersonated: [ID<Session>: Impersonation] = [:]
        fileprivate(set) var dirty: [Principal] = []
        /// The shortest idle limit among `dirty`, in milliseconds.
        fileprivate var shortestIdleLimit = Int64.max
    }

    /// How long a session's use may stay unwritten, as a part of the time after which its disuse ends it.
    static let unwrittenPart: Int64 = 20

    /// A session with the number of changes that what was read of it holds.
    struct Known: Sendable {
        let principal: Principal
        fileprivate let sequence: UInt64

        fileprivate func isOutdated(by changes: [ID<User>: UInt64]) -> Bool {
            if changes.isEmpty { return false }
            return changes[principal.user.id].map { sequence < $0 } ?? false
        }
    }

    private static let mostGrants = 1_024
    private static let mostIssuers = 256
    /// A sweep looks at every session, so it must not be for the sake of a few.
    static let mostChangedUsers = 1_024
    /// Two tables that are filled to the last place before they would double, with as many entries each.
    static let standardCapacity = 196_608
    private let names = SipHash()
    /// Of cookies, under another key: the same text has two names, and neither is found as the other.
    private let cookieNames = SipHash()
    let state: Lock<State>
    let lease: Lease
    /// Told of every change that this memory is told of.
    let apiKeys: LiveAPIKeys

    /// `capacity` counts sessions; as many tokens are remembered. `monotonic` is in milliseconds.
    init(capacity: Int, isShared: Bool, monotonic: @escaping @Sendable () -> Int64) {
        state = Lock(
            State(tokens: TwoGenerations(capacity: capacity), sessions: TwoGenerations(capacity: capacity)))
        lease = Lease(isShared: isShared, monotonic: monotonic)
        apiKeys = LiveAPIKeys(lease: lease)
    }

    /// False while the feed was not read lately enough; then only the database can be believed.
    var isUsable: Bool { lease.isHeld }

    func monotonic() -> Int64 { lease.monotonic() }

    /// `start` is the monotonic time at which a completed poll of the feed began.
    func extendLease(from start: Int64) { lease.extend(from: start) }

    func name(of token: ArraySlice<UInt8>) -> TokenName { names.value(of: token) }

    func name(ofCookie cookie: ArraySlice<UInt8>) -> TokenName { cookieNames.value(of: cookie) }

    /// Who a token speaks for, if token and session are both remembered and still good at `now`. One lock, no database.
    ///
    /// - Parameter isUse: false for looking only.
    func find(
        _ name: TokenName, client: String?, in realm: RealmName, at now: Timestamp, isUse: Bool
    ) -> Principal? {
        let found = state.withLock { state -> Principal? in
            guard let token = state.tokens.value(for: name), token.issuer.isFor(client) else { return nil }
            return principal(of: token, in: realm, at: now, isUse: isUse, &state)
        }
        return believed(found)
    }

    /// The same for a token that has just been checked, of a session that may be known by others of its tokens.
    func find(_ token: VerifiedToken, in realm: RealmName, at now: Timestamp) -> Principal? {
        believed(state.withLock { principal(of: token, in: realm, at: now, isUse: true, &$0) })
    }

    /// The lease is looked at last: a process that was stopped in between must not believe what it found before.
    private func believed(_ found: Principal?) -> Principal? { found != nil && isUsable ? found : nil }

    private func principal(
        of token: VerifiedToken, in realm: RealmName, at now: Timestamp, isUse: Bool, _ state: inout State
    ) -> Principal? {
        guard now < token.expiresAt, token.issuer.realm == realm,
            let principal = Self.principal(of: token.session, in: &state), token.speaks(for: principal.user.id),
            principal.user.realm == realm, !principal.isOver(at: now), !principal.grants.isStale(at: now)
        else { return nil }
        state.hits &+= 1
        if isUse, principal.note(counter: token.counter, at: now, monotonic: monotonic) {
            state.markDirty(principal)
        }
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
            if state.changes.since(mark, { $0 == .signingKeys(token.realm) }) { return }
            var token = token
            token.issuer = Self.kept(token.issuer, in: &state)
            state.tokens.insert(token, for: name)
        }
    }

    /// Taken before the reads of a fill.
    func mark() -> Mark { state.withLock { $0.changes.mark } }

    private static func kept(_ issuer: Issuer, in state: inout State) -> Issuer {
        for known in state.issuers
        where known.realm == issuer.realm && known.isFor(issuer.client)
            && known.kid.utf8.elementsEqual(issuer.kid.utf8)
        {
            return known
        }
        if state.issuers.count >= mostIssuers { state.issuers = [] }
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
            if let present = Self.principal(of: fresh.session, in: &state) {
                // The row may know of a use elsewhere.
                present.learn(use: fresh.lastUse)
                if present.grants.isSpelled(as: fresh.grants) { return present }
                // A grant has ended by itself.
                fresh.learn(use: present.lastUse)
            }
            state.sessions.insert(Known(principal: fresh, sequence: state.changes.sequence), for: fresh.session)
            if let impersonation = fresh.impersonation { state.note(impersonation, of: fresh.session) }
            return fresh
        }
    }

    /// Forgets everything a change touches. Called after the commit and before its answer leaves.
    func invalidate(_ changes: Change...) { invalidate(changes) }

    func invalidate(_ changes: [Change]) {
        state.withLock { state in
            for change in changes {
                state.changes.add(change)
                Self.forget(change, in: &state)
            }
        }
        apiKeys.invalidate(changes)
    }

    /// Forgets everything, for when it is not known what changed.
    func invalidateAll() {
        state.withLock { state in
            state.changes.addEverything()
            state.tokens.removeAll { _ in true }
            state.sessions.removeAll { _ in true }
            state.changedUsers = [:]
            state.impersonated = [:]
        }
        apiKeys.invalidateAll()
    }

    /// Queues what a session's use has to tell the database.
    func markDirty(_ principal: Principal) { state.withLock { $0.markDirty(principal) } }

    /// How soon what was noted has to be written: another node must not take a session that is in use for an idle one.
    var writingPeriod: Duration {
        .milliseconds(state.withLock { $0.shortestIdleLimit } / Self.unwrittenPart)
    }

    /// Everything noted since the last call, its times told by the clock that shows `now`.
    func takeActivity(at now: Timestamp) -> [SessionActivity] {
        let dirty = state.withLock { state in
            defer {
                state.dirty = []
                state.shortestIdleLimit = .max
            }
            return state.dirty
        }
        return dirty.map { $0.takeActivity(at: now, monotonic: monotonic()) }
    }

    private static func forget(_ change: Change, in state: inout State) {
        state.forgetImpersonated(by: change)
        switch change {
        case .session(let id, _):
            state.sessions.remove(id)
        case .user(let id, _):
            state.changedUsers[id] = state.changes.sequence
            if state.changedUsers.count >= mostChangedUsers { sweep(&state) }
        case .realm(let realm):
            state.sessions.removeAll { $0.principal.user.realm == realm }
        case .signingKeys(let realm):
            state.tokens.removeAll { $0.realm == realm }
            state.issuers.removeAll { $0.realm == realm }
        case .apiKey: break
        }
    }

    private static func sweep(_ state: inout State) {
        let changed = state.changedUsers
        state.sessions.removeAll { $0.isOutdated(by: changed) }
        state.changedUsers = [:]
    }

    private static func wasInvalidated(_ principal: Principal, since mark: Mark, in state: State) -> Bool {
        state.changes.since(mark) { change in
            if let impersonation = principal.impersonation, impersonation.isTouched(by: change) { return true }
            return switch change {
            case .session(let id, _): id == principal.session
            case .user(let id, _): id == principal.user.id
            case .realm(let realm), .signingKeys(let realm): realm == principal.user.realm
            case .apiKey: false
            }
        }
    }
}

extension LiveSessions.State {
    fileprivate mutating func markDirty(_ principal: Principal) {
        dirty.append(principal)
        shortestIdleLimit = min(shortestIdleLimit, principal.idleLimit)
    }
}

/// What becomes of an operator becomes of the sessions that hang on them, whichever realm those are of.
extension LiveSessions.State {
    /// More are looked through for those that memory has lost.
    private static let mostImpersonated = 256

    fileprivate mutating func note(_ impersonation: Impersonation, of session: ID<Session>) {
        if impersonated.count >= Self.mostImpersonated {
            for (id, _) in impersonated where sessions.value(for: id) == nil { impersonated[id] = nil }
        }
        impersonated[session] = impersonation
    }

    fileprivate mutating func forgetImpersonated(by change: Change) {
        if impersonated.isEmpty { return }
        for (id, impersonation) in impersonated where impersonation.isTouched(by: change) {
            sessions.remove(id)
            impersonated[id] = nil
        }
    }
}

extension Impersonation {
    fileprivate func isTouched(by change: Change) -> Bool {
        switch change {
        case .session(let id, _): id == session
        case .user(let id, _): id == impersonator
        case .realm(let realm): realm == .system
        case .signingKeys, .apiKey: false
        }
    }
}
