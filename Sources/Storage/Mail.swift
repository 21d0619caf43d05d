public import Domain

/// A letter that waits to be sent, or what is remembered of one.
public enum MailItem {}

/// How far a letter is; the raw values are stored, and public contract of the command line.
public enum MailState: String, CaseIterable, Sendable {
    case waiting
    /// A mail server took it.
    case sent
    /// Nobody took it, and nobody is asked again.
    case dead
    /// What it was to prove was over before it could be sent, or a newer one took its place.
    case dropped
}

/// A letter to be sent, as it is written down with the change that it tells of.
public struct NewMail: Sendable {
    public let id: ID<MailItem>
    public let realm: RealmName
    /// Whose key it is sealed under; where that is gone, nobody reads the letter.
    public let subject: ID<User>
    /// What it is about, such as `reset_password`.
    public let kind: String
    /// Recipient, subject and text, sealed.
    public let sealed: [UInt8]
    /// How long it is of use; `nil` for always.
    public let life: Duration?
    /// Whether older letters of the kind to the same person, which were not sent yet, are of no use any more.
    public let replacesOlder: Bool

    public init(
        id: ID<MailItem>, realm: RealmName, subject: ID<User>, kind: String, sealed: [UInt8], life: Duration?,
        replacesOlder: Bool
    ) {
        self.id = id
        self.realm = realm
        self.subject = subject
        self.kind = kind
        self.sealed = sealed
        self.life = life
        self.replacesOlder = replacesOlder
    }
}

/// A letter that one node alone may send for a while.
public struct LeasedMail: Hashable, Sendable {
    public let id: ID<MailItem>
    public let realm: RealmName
    public let subject: ID<User>
    public let kind: String
    public let sealed: [UInt8]
    public let createdAt: Timestamp
    /// `nil` for never.
    public let expiresAt: Timestamp?
    /// How often it was tried, this time included.
    public let tries: Int64

    public init(
        id: ID<MailItem>, realm: RealmName, subject: ID<User>, kind: String, sealed: [UInt8], createdAt: Timestamp,
        expiresAt: Timestamp?, tries: Int64
    ) {
        self.id = id
        self.realm = realm
        self.subject = subject
        self.kind = kind
        self.sealed = sealed
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.tries = tries
    }
}

/// What operators see of a letter.
public struct MailSummary: Sendable {
    public let id: ID<MailItem>
    public let realm: RealmName
    public let subject: ID<User>
    public let kind: String
    public let state: MailState
    /// Empty once it was sent or dropped.
    public let sealed: [UInt8]
    public let createdAt: Timestamp
    public let nextTryAt: Timestamp
    public let doneAt: Timestamp?
    public let tries: Int64
    /// Why the last try failed, as a code; empty for none.
    public let lastError: String

    public init(
        id: ID<MailItem>, realm: RealmName, subject: ID<User>, kind: String, state: MailState, sealed: [UInt8],
        createdAt: Timestamp, nextTryAt: Timestamp, doneAt: Timestamp?, tries: Int64, lastError: String
    ) {
        self.id = id
        self.realm = realm
        self.subject = subject
        self.kind = kind
        self.state = state
        self.sealed = sealed
        self.createdAt = createdAt
        self.nextTryAt = nextTryAt
        self.doneAt = doneAt
        self.tries = tries
        self.lastError = lastError
    }
}

/// What became of a try.
public enum MailResult: Hashable, Sendable {
    case sent
    /// To be tried again at that time.
    case failed(error: String, nextTryAt: Timestamp)
    /// Never again, unless an operator says so; the letter is kept for that.
    case dead(error: String)
    case dropped(error: String)
}

/// Reads mail that waits to be sent.
public protocol MailReader {
    /// Letters that may be tried now, the longest due first, which nobody has leased.
    func dueMail(limit: Int) throws(StoreFault) -> [ID<MailItem>]
    /// When the next waiting letter becomes due, also where somebody has it now; `nil` without any.
    func nextMailDue() throws(StoreFault) -> Timestamp?
    /// Newest first, before one of them; of one state where one is named.
    func mail(
        state: MailState?, before id: ID<MailItem>?, limit: Int
    ) throws(StoreFault) -> [MailSummary]
    /// The same of one realm.
    func mail(
        realm: RealmName, state: MailState?, before id: ID<MailItem>?, limit: Int
    ) throws(StoreFault) -> [MailSummary]
    /// How many letters have that state, counted up to `limit`.
    func mailCount(_ state: MailState, limit: Int) throws(StoreFault) -> Int64
}

/// Changes it.
public protocol MailWriter: MailReader {
    func insert(_ mail: NewMail) throws(StoreFault)
    /// Takes a letter that is due for a while, and counts the try: of many who ask, one gets it. `nil` where somebody has
    /// it, or it waits no more.
    func leaseMail(_ id: ID<MailItem>, holder: [UInt8], for time: Duration) throws(StoreFault) -> LeasedMail?
    /// Notes what became of a lease. What was sent or dropped loses its content. False, and nothing changed, where the
    /// lease is another's by now.
    func finishMail(_ id: ID<MailItem>, holder: [UInt8], as result: MailResult) throws(StoreFault) -> Bool
    /// Gives every lease up: for a server that is alone, at its start.
    func releaseMail() throws(StoreFault)
    /// A dead or waiting letter is due now, as if it had never been tried; false where it is neither.
    func retryMail(_ id: ID<MailItem>) throws(StoreFault) -> Bool
    /// The same with a letter of one realm.
    func retryMail(_ id: ID<MailItem>, realm: RealmName) throws(StoreFault) -> Bool
    /// The same with every dead one; returns how many they were.
    func retryDeadMail(limit: Int) throws(StoreFault) -> Int64
    /// Removes every letter to somebody; returns how many they were.
    func deleteMail(of subject: ID<User>, realm: RealmName) throws(StoreFault) -> Int64
    /// Removes at most `limit` letters that were done with, in whatever way, before that time; returns how many they were.
    func deleteMail(doneBefore time: Timestamp, limit: Int) throws(StoreFault) -> Int64
}
