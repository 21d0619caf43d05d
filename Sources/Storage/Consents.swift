public import Domain

/// One decision as it is kept. Never changed, but for what erasing the person takes from it.
public struct ConsentRecord: Hashable, Sendable {
    public let id: ID<Consent>
    public let realm: RealmName
    public let user: ID<User>
    public let document: String
    public let version: Int64
    /// As ``Domain/TermsDocument/digest`` was at that time; empty without one.
    public let digest: String
    /// Given, or withdrawn.
    public let isGiven: Bool
    /// Where from, sealed under the subject's key; empty once the person was erased.
    public let source: [UInt8]
    /// The event that proves it.
    public let event: ID<Event>
    public let decidedAt: Timestamp

    public init(
        id: ID<Consent>, realm: RealmName, user: ID<User>, document: String, version: Int64, digest: String,
        isGiven: Bool, source: [UInt8], event: ID<Event>, decidedAt: Timestamp
    ) {
        self.id = id
        self.realm = realm
        self.user = user
        self.document = document
        self.version = version
        self.digest = digest
        self.isGiven = isGiven
        self.source = source
        self.event = event
        self.decidedAt = decidedAt
    }
}

/// A record with its place in the order in which a person decided.
public struct PlacedConsent: Hashable, Sendable {
    public let place: Int64
    public let record: ConsentRecord

    public init(place: Int64, record: ConsentRecord) {
        self.place = place
        self.record = record
    }
}

/// A session's row, also where it is over: what a person may see of it.
public struct SessionTrace: Hashable, Sendable {
    public let id: ID<Session>
    public let client: String
    public let createdAt: Timestamp
    public let lastActivityAt: Timestamp
    public let absoluteEnd: Timestamp
    public let endedAt: Timestamp?
    /// As ``SessionEnd``.
    public let endReason: String?
    public let origin: SessionOrigin

    public init(
        id: ID<Session>, client: String, createdAt: Timestamp, lastActivityAt: Timestamp, absoluteEnd: Timestamp,
        endedAt: Timestamp?, endReason: String?, origin: SessionOrigin
    ) {
        self.id = id
        self.client = client
        self.createdAt = createdAt
        self.lastActivityAt = lastActivityAt
        self.absoluteEnd = absoluteEnd
        self.endedAt = endedAt
        self.endReason = endReason
        self.origin = origin
    }
}

/// Something that was written to a person, or waits for them, without its content.
public struct LetterTrace: Hashable, Sendable {
    public let kind: String
    /// How far it is; empty for what waits to be used.
    public let state: String
    public let createdAt: Timestamp
    /// When it was sent, or runs out.
    public let endsAt: Timestamp?

    public init(kind: String, state: String, createdAt: Timestamp, endsAt: Timestamp?) {
        self.kind = kind
        self.state = state
        self.createdAt = createdAt
        self.endsAt = endsAt
    }
}

/// That a person was erased, and nothing else of them.
public struct Erasure: Hashable, Sendable {
    /// Counts up, but not quite in the order of commits.
    public let sequence: Int64
    public let realm: RealmName
    public let user: ID<User>
    public let erasedAt: Timestamp

    public init(sequence: Int64, realm: RealmName, user: ID<User>, erasedAt: Timestamp) {
        self.sequence = sequence
        self.realm = realm
        self.user = user
        self.erasedAt = erasedAt
    }
}

/// Somebody who did not sign in for long.
public struct InactiveUser: Sendable {
    public let user: User
    /// The last sign-in, or the account's making.
    public let lastUse: Timestamp
    /// The last warning since then, as ``StoreTransaction/noteInactivityWarning(of:since:days:)`` was told.
    public let warnedDays: Int64?
    public let warnedAt: Timestamp?

    public init(user: User, lastUse: Timestamp, warnedDays: Int64?, warnedAt: Timestamp?) {
        self.user = user
        self.lastUse = lastUse
        self.warnedDays = warnedDays
        self.warnedAt = warnedAt
    }
}

/// Reads who agreed to what, what is known of a person, and who was erased.
public protocol ConsentReader {
    /// A person's decisions after a place, oldest first.
    func consents(
        of user: ID<User>, realm: RealmName, after place: Int64, limit: Int
    ) throws(StoreFault) -> [PlacedConsent]
    /// The last one about each document, by the document's name.
    func latestConsents(of user: ID<User>, realm: RealmName) throws(StoreFault) -> [ConsentRecord]

    /// All of a user's sessions that are still kept, oldest first, after one of them.
    func sessionTraces(
        of user: ID<User>, realm: RealmName, after session: ID<Session>?, limit: Int
    ) throws(StoreFault) -> [SessionTrace]
    /// Letters to a person that are still kept, oldest first.
    func mailTraces(of user: ID<User>, realm: RealmName, limit: Int) throws(StoreFault) -> [LetterTrace]
    /// Which of these letters are still known.
    func knownMail(_ ids: [ID<MailItem>]) throws(StoreFault) -> Set<ID<MailItem>>
    /// What letters carried to a person and may still be used.
    func tokenTraces(of user: ID<User>, realm: RealmName, limit: Int) throws(StoreFault) -> [LetterTrace]
    /// Settled events by a person, or with a part sealed for them, in the order of their commits. `window` events of the
    /// realm are looked at; `end` is the last of them, `nil` where the log was read to its end.
    func events(
        concerning person: ID<User>, realm: RealmName, after position: EventPosition?, window: Int
    ) throws(StoreFault) -> (events: [PlacedEvent], end: EventPosition?)
    func event(_ id: ID<Event>) throws(StoreFault) -> PlacedEvent?

    /// In the order of their sequence.
    func erasures(after sequence: Int64, limit: Int) throws(StoreFault) -> [Erasure]
    /// Users who may sign in and have not done so, nor used a session, since `time`; without those who hold `exempt`. In
    /// the order of their numbers.
    func inactiveUsers(
        realm: RealmName, since time: Timestamp, exempt role: String, after number: Int64, limit: Int
    ) throws(StoreFault) -> [InactiveUser]
}

/// Changes it.
public protocol ConsentWriter: ConsentReader {
    func insert(_ consent: ConsentRecord) throws(StoreFault)
    /// Deletes the user with everything that is theirs and the key of their events; what they agreed to stays, without
    /// where from. False, and nothing changed, where there is no such user and no such key.
    func erase(user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool
    /// Whether the user was not signed in since; keeps it so until the commit.
    func isStillUnused(_ user: ID<User>, realm: RealmName, since lastUse: Timestamp) throws(StoreFault) -> Bool
    /// False where this was noted before: of many who warn at once, one does.
    func noteInactivityWarning(of user: ID<User>, since lastUse: Timestamp, days: Int64) throws(StoreFault) -> Bool
}
