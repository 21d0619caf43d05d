public import Domain

/// A database that keeps what it acknowledged.
public protocol Store: AnyObject, Sendable {
    /// True when other nodes may change the same data; caches then need the change feed.
    var isShared: Bool { get }

    /// Runs `body` in one transaction.
    ///
    /// Returning commits. Throwing rolls back. A refusal that must be remembered, such as token
    /// theft, is therefore a returned value and never a thrown error.
    ///
    /// `body` is synchronous on purpose: nothing can wait for mail or the network while it holds
    /// the write lock. It may run twice, so it must not touch anything but the transaction. It may
    /// hold SQLite's only writer for 5 ms: hash, sign and seal before it or after it.
    ///
    /// The outcome is released only after COMMIT returned.
    ///
    /// `scope` says whose rows there are; see ``StoreScope``.
    ///
    /// - Throws: ``StoreFault`` when the database itself failed, or whatever `body` threw.
    func transaction<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value

    /// A transaction of its own for ``StoreTransaction/advance(_:from:origin:)``, which may share its commit with others
    /// that ask at the same time. False may also mean that another transaction has the session's row just now.
    func advance(
        _ session: ID<Session>, in scope: StoreScope, from counter: Counter, origin: SessionOrigin
    ) async throws(StoreFault) -> Bool

    /// Runs `body` on one consistent snapshot of committed data, without a write lock.
    ///
    /// - Throws: ``StoreFault`` when the database itself failed, or whatever `body` threw.
    func read<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value

    /// As ``read(_:)``, and does not wait behind other work: for what all caches depend on. A node whose looks at the feed
    /// waited in the queue that they are to shorten would never leave an overload again.
    func readFirst<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value

    /// Calls `wake` from now on soon after any node announced a change, where the database can tell; from any thread, and
    /// sometimes for nothing. A hint to look earlier, and no promise: whoever follows the feed looks without it too.
    func onChange(_ wake: @escaping @Sendable () -> Void)

    /// Whether such hints are coming at present.
    var isListening: Bool { get }

    /// How busy it is; cheap enough to ask for every second.
    var statistics: StoreStatistics { get }

    /// What the database says about itself; may take as long as reading all of it.
    func examine() async throws(StoreFault) -> StoreExamination

    /// Writes a consistent copy of everything to a file, which must not exist or be empty. Transactions go on
    /// meanwhile. Not on the disk yet when this returns: that is for the caller to wait for.
    ///
    /// False, and nothing was done, where the database is not a file of this process but has tools of its own.
    func copy(to path: String) async throws(StoreFault) -> Bool

    /// Takes what was deleted out of the database's own files, as far as the database can. Takes its time.
    ///
    /// False where something may be left: readers of older data held it, or it is a server's business.
    func forgetDeleted() async throws(StoreFault) -> Bool

    /// Lets the transactions under way finish, then closes. Later calls throw ``StoreFault/closed``.
    func close() async
}

extension Store {
    public func advance(
        _ session: ID<Session>, in scope: StoreScope, from counter: Counter, origin: SessionOrigin
    ) async throws(StoreFault) -> Bool {
        try await transaction(in: scope) { (tx) throws(StoreFault) in
            try tx.advance(session, from: counter, origin: origin)
        }
    }

    /// Above realms.
    public func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value { try await transaction(in: .server, body) }

    /// Above realms.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value { try await read(in: .server, body) }

    public func readFirst<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value { try await read(body) }

    public func onChange(_ wake: @escaping @Sendable () -> Void) {}

    public var isListening: Bool { false }

    public var statistics: StoreStatistics { StoreStatistics() }
}

/// What can be asked. Every look-up carries the realm, so that a foreign id finds nothing.
public protocol StoreReader: RealmReader, APIKeyReader, MailReader, AccountTokenReader, ProfileReader, ThrottleReader,
    ConsentReader, BulkUserReader, AccessReader, OrganisationReader, UserSearchReader, ImpersonationReader
{
    /// The database's clock at the start of the transaction or snapshot.
    var now: Timestamp { get }

    /// From here on the transaction is one of ``StoreScope/server``: for the few that learn only from a realm's row that
    /// another realm's count too.
    func lookAboveRealms() throws(StoreFault)

    /// The number of the newest migration that was applied; 0 for an empty database.
    func schemaVersion() throws(StoreFault) -> Int64
    func setting(_ name: String) throws(StoreFault) -> [UInt8]?

    func user(_ id: ID<User>, realm: RealmName) throws(StoreFault) -> User?
    /// By ``Username/key``.
    func user(usernameKey: String, realm: RealmName) throws(StoreFault) -> User?
    /// By ``EmailAddress/key``.
    func user(emailKey: String, realm: RealmName) throws(StoreFault) -> User?
    func password(of user: ID<User>) throws(StoreFault) -> StoredPassword?
    /// How many passwords of a realm are stored in each format; what a dummy must resemble.
    func passwordFormats(realm: RealmName) throws(StoreFault) -> [PasswordFormatCount]
    /// The subject's key, wrapped; `nil` before the first event and after erasure.
    func subjectKey(of subject: ID<User>, realm: RealmName) throws(StoreFault) -> [UInt8]?

    func role(named name: String, realm: RealmName) throws(StoreFault) -> Role?
    func permission(named name: String, realm: RealmName) throws(StoreFault) -> Permission?
    func permission(_ pair: Permission.Pair, realm: RealmName) throws(StoreFault) -> Permission?
    /// Sorted by name.
    func roles(realm: RealmName) throws(StoreFault) -> [Role]
    /// Sorted by resource and action; of one resource where one is named.
    func permissions(realm: RealmName, resource: String?) throws(StoreFault) -> [Permission]
    /// What was given to the user himself, not through a role; sorted by resource and action.
    func permissions(of user: ID<User>, realm: RealmName) throws(StoreFault) -> [Permission]
    /// Sorted by resource and action.
    func permissions(of role: ID<Role>, realm: RealmName) throws(StoreFault) -> [Permission]
    /// How many users hold a role.
    func userCount(of role: ID<Role>) throws(StoreFault) -> Int64

    func session(_ id: ID<Session>, realm: RealmName) throws(StoreFault) -> Session?
    /// A user's sessions that are not over, oldest first, after one of them.
    func liveSessions(
        of user: ID<User>, realm: RealmName, after session: ID<Session>?, limit: Int
    ) throws(StoreFault) -> [PlacedSession]
    /// Why a session was ended; `nil` while it was not, also where it has run out since.
    func endReason(of session: ID<Session>) throws(StoreFault) -> SessionEnd?
    /// Where the newest refresh token of a session was handed out.
    func sessionOrigin(_ id: ID<Session>) throws(StoreFault) -> SessionOrigin?

    /// Every signing key of a realm, oldest first, retired ones included.
    func signingKeys(realm: RealmName) throws(StoreFault) -> [StoredSigningKey]
    /// Those of every realm that are still wrapped under another key than `epoch`'s.
    func signingKeys(notWrappedUnder epoch: Int64) throws(StoreFault) -> [StoredSigningKey]
    /// A page of the same among the subjects' keys, in the order of realm and subject.
    func subjectKeys(
        notWrappedUnder epoch: Int64, after last: StoredSubjectKey?, limit: Int
    ) throws(StoreFault) -> [StoredSubjectKey]
    /// By purpose and epoch.
    func dataKeys() throws(StoreFault) -> [StoredDataKey]
    /// The servers that have been seen since, see ``StoreTransaction/noteNode(_:name:)``.
    func nodes(seenSince time: Timestamp) throws(StoreFault) -> [LiveNode]
    /// When the last of the sessions that are open now will have ended; `nil` without any.
    func lastSessionEnd() throws(StoreFault) -> Timestamp?

    /// Events after a position in commit order, oldest first; on PostgreSQL only those that no running
    /// transaction can still precede.
    func events(after position: EventPosition?, limit: Int) throws(StoreFault) -> [PlacedEvent]
    /// Settled events of one realm, those that have `key` where one is given, beyond a position in the given order.
    ///
    /// Settled as above, so that a page once read can never gain a row afterwards.
    func events(
        realm: RealmName, having key: EventKey?, _ order: EventOrder, from position: EventPosition?, limit: Int
    ) throws(StoreFault) -> [PlacedEvent]
    /// The newest settled event's place, of whatever realm; `nil` for an empty log.
    func newestEventPosition() throws(StoreFault) -> EventPosition?
    /// The latest event before a time and the earliest one from it on, by the times the events carry.
    func eventPositions(
        realm: RealmName, around time: Timestamp
    ) throws(StoreFault) -> (before: EventPosition?, after: EventPosition?)
    func eventPosition(of id: ID<Event>) throws(StoreFault) -> EventPosition?
    /// How many events ``events(after:limit:)`` would give, counted up to `limit`.
    func eventCount(after position: EventPosition?, limit: Int) throws(StoreFault) -> Int64

    /// What was answered under an idempotency key, by the key's digest.
    func rememberedAnswer(_ digest: [UInt8], realm: RealmName) throws(StoreFault) -> RememberedAnswer?

    /// The feed's newest sequence number; 0 before the first change.
    func feedPosition() throws(StoreFault) -> Int64
    /// The same with the server that says so.
    func feedHead() throws(StoreFault) -> FeedHead
    func changes(after sequence: Int64, limit: Int) throws(StoreFault) -> [PlacedChange]
}

/// What can be changed, always inside ``Store/transaction(_:)``.
public protocol StoreTransaction: StoreReader, RealmWriter, APIKeyWriter, HandoverCodeWriter, MailWriter,
    AccountTokenWriter, ProfileWriter, ThrottleWriter, ConsentWriter, BulkUserWriter, AccessWriter, OrganisationWriter,
    UserSearchWriter, ImpersonationWriter, RowSecurityWriter,
    ServingRoleWriter
{
    func setSetting(_ name: String, to value: [UInt8]) throws(StoreFault)
    /// False, and nothing changed, when the name already had a value.
    func claimSetting(_ name: String, value: [UInt8]) throws(StoreFault) -> Bool

    func insert(_ user: NewUser) throws(StoreFault) -> InsertUserOutcome
    /// False when there is no such user.
    func setActive(_ isActive: Bool, user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool
    /// That the user signed in now.
    func noteSignIn(of user: ID<User>) throws(StoreFault)
    func setPassword(_ password: StoredPassword, of user: ID<User>) throws(StoreFault)
    /// Changes the hash only where the old one is still in place: a re-hash never undoes a change.
    func replacePassword(_ old: StoredPassword, by new: StoredPassword, of user: ID<User>) throws(StoreFault) -> Bool
    /// Keeps the key that is already there and returns whichever is stored now.
    ///
    /// - Throws: ``StoreFault/unavailable(_:)`` when the wrapping key is not this database's any more.
    func claimSubjectKey(_ wrapped: WrappedKey, subject: ID<User>, realm: RealmName) throws(StoreFault) -> [UInt8]

    /// False when the name is taken.
    func insert(_ role: Role) throws(StoreFault) -> Bool
    /// Its description; false when there is no such role.
    func update(_ role: Role) throws(StoreFault) -> Bool
    /// Takes the role from everybody who holds it, and its permissions from it. False when there is no such role.
    func delete(role: ID<Role>, realm: RealmName) throws(StoreFault) -> Bool
    /// False when the name or the pair is taken.
    func insert(_ permission: Permission) throws(StoreFault) -> Bool
    /// Its name and description, never its pair; false when there is no such permission.
    ///
    /// - Throws: ``StoreFault/constraint(_:)`` where another permission has the name.
    func update(_ permission: Permission) throws(StoreFault) -> Bool
    /// These six are idempotent; true when something changed.
    func grant(role: ID<Role>, to user: ID<User>) throws(StoreFault) -> Bool
    func revoke(role: ID<Role>, from user: ID<User>) throws(StoreFault) -> Bool
    func grant(permission: ID<Permission>, to user: ID<User>) throws(StoreFault) -> Bool
    func revoke(permission: ID<Permission>, from user: ID<User>) throws(StoreFault) -> Bool
    func grant(permission: ID<Permission>, to role: ID<Role>) throws(StoreFault) -> Bool
    func revoke(permission: ID<Permission>, from role: ID<Role>) throws(StoreFault) -> Bool

    /// One with a parent is an activity of the parent.
    ///
    /// - Throws: ``StoreFault/constraint(_:)`` where the parent is over by now, is not the same user's own session, or
    ///   could end before its child; see ``Domain/Session/init(_:childOf:client:at:)``.
    func insert(_ session: Session, origin: SessionOrigin) throws(StoreFault)
    /// Issues the next counter where the session is not over and `counter` is still its newest; keeps the
    /// time of its confirmation, or of now, as when it was seen; clears the confirmation, notes the activity. False, and nothing changed, otherwise: one conditional statement, which changes
    /// a row exactly where ``Domain/Session/verdict(presented:now:grace:seenAt:)`` says to rotate.
    func advance(_ session: ID<Session>, from counter: Counter, origin: SessionOrigin) throws(StoreFault) -> Bool
    /// Sets the counter forward to one that a newer copy of the database had issued. False, and nothing changed,
    /// when it is already there or further, or the session has ended.
    func fastForward(_ session: ID<Session>, to counter: Counter, origin: SessionOrigin) throws(StoreFault) -> Bool
    /// Ends a session and its children, and returns which; none when it was already over.
    func end(_ session: ID<Session>, reason: SessionEnd) throws(StoreFault) -> [ID<Session>]
    /// Ends every live session of a user, children too, and returns which. The one that is to be kept keeps its
    /// children and, where it is a child, its parent.
    func endSessions(
        of user: ID<User>, except kept: ID<Session>?, reason: SessionEnd
    ) throws(StoreFault) -> [ID<Session>]
    /// Ends all but the most recently used of a user's live sessions, and returns which. Children do not count; they
    /// end with their parents. Waits for others that do the same for the user, so that together they leave no more.
    func endLongestUnused(of user: ID<User>, realm: RealmName, keeping count: Int) throws(StoreFault) -> [ID<Session>]
    /// Removes at most `limit` sessions that were ended, or reached their absolute end, before that time, with their
    /// children; returns how many they were. One that ran out unused goes after its absolute end, like the others.
    func deleteEndedSessions(before time: Timestamp, limit: Int) throws(StoreFault) -> Int64
    /// Writes what a node remembered: activity only ever moves forward, a confirmation only where the
    /// counter is still the newest and none was written. A child's activity is its parent's too.
    func note(_ activity: [SessionActivity]) throws(StoreFault)

    /// - Throws: ``StoreFault/unavailable(_:)`` when the wrapping key is not this database's any more.
    func insert(_ key: StoredSigningKey) throws(StoreFault)
    /// Waits for others that change the realm's signing keys; what is read afterwards holds until the commit.
    func lockSigningKeys(realm: RealmName) throws(StoreFault)
    func setTimes(
        ofSigningKey kid: String, realm: RealmName, signsFrom: Timestamp?, retiredAt: Timestamp?
    ) throws(StoreFault)

    /// Waits for others that change the master key; what is read afterwards holds until the commit.
    func lockMasterKey() throws(StoreFault)
    /// Keeps the key that is already there.
    func claim(_ key: StoredDataKey) throws(StoreFault)
    /// The same key under another master key.
    func replace(_ key: StoredDataKey) throws(StoreFault)
    /// Removes a wrapping key that wraps nothing any more; false while it does.
    func removeWrappingKey(epoch: Int64) throws(StoreFault) -> Bool
    /// False, and nothing changed, where another one was faster or the row is gone.
    func replaceWrapped(_ old: StoredSubjectKey, by new: WrappedKey) throws(StoreFault) -> Bool
    func replaceWrapped(_ old: StoredSigningKey, by new: WrappedKey) throws(StoreFault) -> Bool

    /// Says that a server works with this database now; `node` is drawn at random when it starts.
    func noteNode(_ node: [UInt8], name: String) throws(StoreFault)
    /// Says that it has stopped.
    func removeNode(_ node: [UInt8]) throws(StoreFault)

    func append(_ event: Event, mac: [UInt8], labels: EventLabels) throws(StoreFault)

    /// False, and nothing changed, when there is an answer already; waits for a transaction that is giving one.
    func remember(_ answer: RememberedAnswer, digest: [UInt8], realm: RealmName) throws(StoreFault) -> Bool
    func forgetAnswer(_ digest: [UInt8], realm: RealmName) throws(StoreFault)
    /// At most `limit` of the answers given before that time; returns how many they were.
    func forgetAnswers(before time: Timestamp, limit: Int) throws(StoreFault) -> Int64

    /// Ends the transaction's work with an entry in the feed that other nodes follow. Call it last: it takes a
    /// row lock whose order is the commit order.
    func announce(_ change: Change) throws(StoreFault)
}

extension StoreTransaction {
    /// An event that only its own fields find.
    public func append(_ event: Event, mac: [UInt8]) throws(StoreFault) {
        try append(event, mac: mac, labels: EventLabels())
    }

    /// Several changes, in their order.
    public func announce(_ changes: [Change]) throws(StoreFault) {
        for change in changes { try announce(change) }
    }
}
