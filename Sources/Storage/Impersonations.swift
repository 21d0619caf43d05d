public import Domain

/// An impersonation as it is kept, present or past, with what decides whether it may go on.
public struct StoredImpersonation: Sendable {
    public let acting: Impersonation
    public let realm: RealmName
    public let user: ID<User>
    /// The session that it is, of the user.
    public let session: ID<Session>
    public let endedAt: Timestamp?
    /// `nil` also where only ``Standing`` says that it is over.
    public let end: ImpersonationEnd?
    public let standing: Standing

    /// What other rows say of it at the moment.
    public struct Standing: Hashable, Sendable {
        /// Whether its session can still be used.
        public let isSessionOpen: Bool
        /// Whether the operator exists, and may sign in.
        public let isOperatorUsable: Bool
        /// Whether the operator's own session goes on; true where it hangs on none.
        public let isOperatorSignedIn: Bool

        public init(isSessionOpen: Bool, isOperatorUsable: Bool, isOperatorSignedIn: Bool) {
            self.isSessionOpen = isSessionOpen
            self.isOperatorUsable = isOperatorUsable
            self.isOperatorSignedIn = isOperatorSignedIn
        }
    }

    public init(
        _ acting: Impersonation, realm: RealmName, user: ID<User>, session: ID<Session>, endedAt: Timestamp? = nil,
        end: ImpersonationEnd? = nil,
        standing: Standing = Standing(isSessionOpen: true, isOperatorUsable: true, isOperatorSignedIn: true)
    ) {
        self.acting = acting
        self.realm = realm
        self.user = user
        self.session = session
        self.endedAt = endedAt
        self.end = end
        self.standing = standing
    }

    /// Why it is over; `nil` while it goes on. An operator's idleness ends nothing by itself.
    public func ending(at now: Timestamp) -> ImpersonationEnd? {
        if endedAt != nil { return end ?? .ended }
        if !standing.isOperatorUsable { return .operatorDisabled }
        if !standing.isOperatorSignedIn { return .operatorSignedOut }
        if now >= acting.endsAt { return .timeIsOver }
        if !standing.isSessionOpen { return .sessionEnded }
        return nil
    }
}

/// The code for when nothing else opens, without the code.
public struct StoredBreakGlass: Hashable, Sendable {
    public let id: ID<BreakGlassCode>
    public let createdAt: Timestamp
    public let usedAt: Timestamp?

    public init(id: ID<BreakGlassCode>, createdAt: Timestamp, usedAt: Timestamp?) {
        self.id = id
        self.createdAt = createdAt
        self.usedAt = usedAt
    }
}

/// What can be asked about operators who act inside a realm.
public protocol ImpersonationReader {
    func impersonation(_ id: ID<Impersonation>, realm: RealmName) throws(StoreFault) -> StoredImpersonation?
    /// Newest first, older than one of them; of one user where that is given.
    func impersonations(
        realm: RealmName, of user: ID<User>?, before id: ID<Impersonation>?, limit: Int
    ) throws(StoreFault) -> [StoredImpersonation]
    /// Of every realm, those whose end no event tells of yet; oldest first, after one of them.
    func unrecordedImpersonations(
        after id: ID<Impersonation>?, limit: Int
    ) throws(StoreFault) -> [StoredImpersonation]
    /// The newest code, used or not; `nil` where there is none, or it was revoked.
    func breakGlass() throws(StoreFault) -> StoredBreakGlass?
    /// Whose account the codes open; `nil` where none was made yet.
    func breakGlassUser() throws(StoreFault) -> ID<User>?
}

/// What can be changed about operators who act inside a realm.
public protocol ImpersonationWriter: ImpersonationReader {
    /// - Throws: ``StoreFault/constraint(_:)`` where the user is none of the realm's.
    func insert(_ impersonation: StoredImpersonation) throws(StoreFault)
    /// Notes the end, and that events tell of it. False, and nothing changed, where they do already: of many who end it
    /// at once, one tells. Where the end was noted before, that one stays.
    func recordEnd(of id: ID<Impersonation>, as end: ImpersonationEnd) throws(StoreFault) -> Bool
    /// Ends all of a realm; events are left to who finds them unrecorded. Returns their sessions.
    func endImpersonations(realm: RealmName, as end: ImpersonationEnd) throws(StoreFault) -> [ID<Session>]

    /// Takes the place of every code before it.
    func replaceBreakGlass(_ id: ID<BreakGlassCode>, digest: [UInt8]) throws(StoreFault)
    /// Uses the code up: of many who show it, one gets its id. `nil` for any other code, and for one that was used.
    func consumeBreakGlass(_ digest: [UInt8]) throws(StoreFault) -> ID<BreakGlassCode>?
    /// False where there was none to be used.
    func revokeBreakGlass() throws(StoreFault) -> Bool
    /// Whose account the codes open from now on.
    func setBreakGlassUser(_ user: ID<User>) throws(StoreFault)
}
