public import Domain

/// Somebody's attributes as they are kept: sealed, so that who is erased is gone from every copy.
public struct StoredProfile: Hashable, Sendable {
    public let user: ID<User>
    public let realm: RealmName
    /// Counts up with each change from 1; a person without a row is at 0.
    public let version: Int64
    /// A JSON object under the person's own key.
    public let sealed: [UInt8]
    /// Which rules the row was written or gone over under, see ``ProfileReader/profiles(realm:notUnder:limit:)``.
    public let rules: [UInt8]
    public let state: ProfileState

    public init(
        user: ID<User>, realm: RealmName, version: Int64, sealed: [UInt8], rules: [UInt8], state: ProfileState
    ) {
        self.user = user
        self.realm = realm
        self.version = version
        self.sealed = sealed
        self.rules = rules
        self.state = state
    }
}

/// Whether somebody's attributes are what their realm wants; the raw values are stored.
public enum ProfileState: String, CaseIterable, Hashable, Sendable {
    case complete
    /// Something is missing that must be there.
    case incomplete
    /// Something does not fit the rules that came after it.
    case needsAttention = "needs_attention"
}

/// A value that only one person of a realm may have, as a MAC.
public struct UniqueValue: Hashable, Sendable {
    public let attribute: String
    public let mac: [UInt8]

    public init(attribute: String, mac: [UInt8]) {
        self.attribute = attribute
        self.mac = mac
    }
}

/// How many of a realm's profiles are in which state.
public struct ProfileCounts: Hashable, Sendable {
    public var complete: Int64
    public var incomplete: Int64
    public var needsAttention: Int64
    /// How many of them have not been gone over under the present rules.
    public var waiting: Int64

    public init(complete: Int64 = 0, incomplete: Int64 = 0, needsAttention: Int64 = 0, waiting: Int64 = 0) {
        self.complete = complete
        self.incomplete = incomplete
        self.needsAttention = needsAttention
        self.waiting = waiting
    }

    public var total: Int64 { complete + incomplete + needsAttention }
}

/// Reads people's attributes.
public protocol ProfileReader {
    func profile(of user: ID<User>, realm: RealmName) throws(StoreFault) -> StoredProfile?
    /// Those of a realm in the order of their users, after one of them.
    func profiles(realm: RealmName, after user: ID<User>?, limit: Int) throws(StoreFault) -> [StoredProfile]
    /// Those that were not gone over under these rules, in no particular order.
    func profiles(realm: RealmName, notUnder rules: [UInt8], limit: Int) throws(StoreFault) -> [StoredProfile]
    func profileCounts(realm: RealmName, rules: [UInt8]) throws(StoreFault) -> ProfileCounts
    /// Who has the value.
    func holder(of value: UniqueValue, realm: RealmName) throws(StoreFault) -> ID<User>?
    /// The names of the roles that somebody has because of a rule; sorted.
    func rolesByRule(of user: ID<User>, realm: RealmName) throws(StoreFault) -> [String]
}

/// Changes it.
public protocol ProfileWriter: ProfileReader {
    /// Writes the row with the version after `version`, which is 0 for the first one. False, and nothing changed, where
    /// the stored version is another.
    func write(_ profile: StoredProfile, ifVersion version: Int64) throws(StoreFault) -> Bool
    /// Replaces all the values that somebody has to himself. The attributes of those that another person has are
    /// returned, and these are not written; waits for a transaction that is writing one of them.
    func setUniqueValues(
        of user: ID<User>, realm: RealmName, to values: [UniqueValue]
    ) throws(StoreFault) -> [String]
    /// Gives a role and remembers that a rule did; false, and nothing remembered, where the user had it already.
    func grantByRule(role: ID<Role>, to user: ID<User>) throws(StoreFault) -> Bool
    /// Takes a role only where a rule gave it, and nobody has given it besides since.
    func revokeByRule(role: ID<Role>, from user: ID<User>) throws(StoreFault) -> Bool
    /// Attributes and unique values; the roles stay.
    func deleteProfile(of user: ID<User>, realm: RealmName) throws(StoreFault)
}
