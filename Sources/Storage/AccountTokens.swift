public import Domain

/// What a letter carries so that its reader can prove to have read it. Neither link nor code is here.
public struct AccountToken: Sendable {
    /// The ticket: sixteen random bytes that name the letter to whoever asked for it.
    public let id: [UInt8]
    /// SHA-256 of what the link carries.
    public let digest: [UInt8]
    /// A keyed digest of code and ticket; empty where there is no code.
    public let code: [UInt8]
    public let realm: RealmName
    public let purpose: LetterPurpose
    /// Whose data ``data`` is: the user's, or that of somebody who may become one.
    public let subject: ID<User>
    /// `nil` where there is no such user yet.
    public let user: ID<User>?
    /// Stands for the address that the letter is about: the present one, or the one that is to be given back.
    public let address: [UInt8]
    /// Stands for the address and the password that were in force when the letter was written.
    public let binding: [UInt8]
    /// Sealed under the subject's key; empty for nothing.
    public let data: [UInt8]
    public let createdAt: Timestamp
    public let expiresAt: Timestamp

    public init(
        id: [UInt8], digest: [UInt8], code: [UInt8], realm: RealmName, purpose: LetterPurpose, subject: ID<User>,
        user: ID<User>?, address: [UInt8], binding: [UInt8], data: [UInt8], createdAt: Timestamp, expiresAt: Timestamp
    ) {
        self.id = id
        self.digest = digest
        self.code = code
        self.realm = realm
        self.purpose = purpose
        self.subject = subject
        self.user = user
        self.address = address
        self.binding = binding
        self.data = data
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// An account that is to be erased.
public struct PlannedEnding: Hashable, Sendable {
    public let user: ID<User>
    public let realm: RealmName
    public let dueAt: Timestamp
    /// Whether the person asked for it, who may take that back.
    public let isByOwner: Bool

    public init(user: ID<User>, realm: RealmName, dueAt: Timestamp, isByOwner: Bool) {
        self.user = user
        self.realm = realm
        self.dueAt = dueAt
        self.isByOwner = isByOwner
    }
}

/// Reads what mails carry so that their readers can prove that they read them.
public protocol AccountTokenReader {
    /// By what the link carries; `nil` once it has expired.
    func accountToken(digest: [UInt8], realm: RealmName) throws(StoreFault) -> AccountToken?
    /// By its ticket; `nil` once it has expired.
    func accountToken(id: [UInt8], realm: RealmName) throws(StoreFault) -> AccountToken?
    /// Whether somebody else than `user` can still have that address given back.
    func isReserved(address: [UInt8], besides user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool
    func plannedEnding(of user: ID<User>, realm: RealmName) throws(StoreFault) -> PlannedEnding?
    /// Of every realm, those that are due, the longest due first; those behind another one where `last` is given.
    func dueEndings(after last: PlannedEnding?, limit: Int) throws(StoreFault) -> [PlannedEnding]
}

/// Changes it, and what of an account it may change.
public protocol AccountTokenWriter: AccountTokenReader {
    /// Takes the place of an older one of the same subject and purpose, but for purposes that are kept beside newer ones.
    /// The times count from now.
    func insert(_ token: AccountToken, life: Duration, codeLife: Duration) throws(StoreFault)
    /// Counts a try, at the code or at what else is asked for, and returns what it is to be compared with; `nil`, and
    /// nothing was counted, where there were enough of them or what is tried has expired.
    func countTry(
        atToken id: [UInt8], realm: RealmName, most tries: Int64, isCode: Bool
    ) throws(StoreFault) -> AccountToken?
    /// Removes it: of two that do so at once, one gets it.
    func consume(_ token: AccountToken) throws(StoreFault) -> AccountToken?
    /// All of a user's, but for those purposes that outlive a change.
    func deleteAccountTokens(of user: ID<User>) throws(StoreFault)
    func deleteAccountTokens(of user: ID<User>, for purpose: LetterPurpose, since time: Timestamp) throws(StoreFault)
    /// Of whoever has an address, by ``AccountToken/address``: sign-ups that wait for it, or invitations.
    func deleteAccountTokens(
        at address: [UInt8], for purpose: LetterPurpose, realm: RealmName
    ) throws(StoreFault)
    /// The key and the letters of a subject that is no user; with the key goes whatever an event says of them.
    func forgetKey(ofNobody subject: ID<User>, realm: RealmName) throws(StoreFault)
    /// At most `limit` of those that have expired, with the keys of those who never became users. Returns how many.
    func deleteExpiredAccountTokens(limit: Int) throws(StoreFault) -> Int64

    /// Waits for others that change what protects the user's account. False when there is no such user.
    func lock(_ user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool
    func setEmailVerified(_ user: ID<User>, realm: RealmName) throws(StoreFault)
    /// A verified one. False when it belongs to somebody else, or there is no such user.
    func setEmail(_ email: EmailAddress, of user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool
    func removePassword(of user: ID<User>) throws(StoreFault)
    /// False where it changes nothing.
    func setBanned(until: Timestamp?, user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool
    /// False where it changes nothing.
    func setDeactivated(_ isDeactivated: Bool, user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool
    /// Takes the place of an older one.
    func plan(_ ending: PlannedEnding) throws(StoreFault)
    func cancelEnding(of user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool
}
