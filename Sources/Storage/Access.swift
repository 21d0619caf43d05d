public import Domain

/// Whoever can hold something.
public enum AccessHolder: Hashable, Sendable {
    case user(ID<User>)
    case key(ID<APIKey>)
    case group(ID<Group>)
    case role(ID<Role>)

    public var node: AccessGraph.Holder {
        switch self {
        case .user(let id): AccessGraph.Holder(id)
        case .key(let id): AccessGraph.Holder(id)
        case .group(let id): AccessGraph.Holder(id)
        case .role(let id): AccessGraph.Holder(id)
        }
    }
}

/// What can be held.
public enum AccessHeld: Hashable, Sendable {
    /// Membership of a user, a key or another group.
    case group(ID<Group>)
    /// Of a role: it includes this one.
    case role(ID<Role>)
    /// `nil` for every instance.
    case permission(ID<Permission>, instance: String?)
}

/// One grant or membership as it is listed.
public struct AccessEntry: Hashable, Sendable {
    public let holder: AccessHolder
    /// The user's name, the key's, the group's or the role's.
    public let holderName: String
    public let held: AccessHeld
    /// The group's name, the role's, or the permission's pair.
    public let heldName: String
    public let expiresAt: Timestamp?

    public init(
        holder: AccessHolder, holderName: String, held: AccessHeld, heldName: String, expiresAt: Timestamp?
    ) {
        self.holder = holder
        self.holderName = holderName
        self.held = held
        self.heldName = heldName
        self.expiresAt = expiresAt
    }
}

/// What can be asked about who may do what.
public protocol AccessReader {
    /// Every link that can be followed from a holder, also those that are over; in one query.
    func accessGraph(of holder: AccessHolder, realm: RealmName) throws(StoreFault) -> AccessGraph
    /// How many usable users hold the administrators' role for good, by whatever way; without one of them, where named.
    func administratorCount(realm: RealmName, besides user: ID<User>?) throws(StoreFault) -> Int64

    func role(_ id: ID<Role>, realm: RealmName) throws(StoreFault) -> Role?
    func permission(_ id: ID<Permission>, realm: RealmName) throws(StoreFault) -> Permission?
    func group(_ id: ID<Group>, realm: RealmName) throws(StoreFault) -> Group?
    func group(named name: String, realm: RealmName) throws(StoreFault) -> Group?
    /// Sorted by name, after one of them.
    func groups(realm: RealmName, after name: String, limit: Int) throws(StoreFault) -> [Group]
    /// What was given to a holder itself, those that are over included; in the order of kinds and names.
    func entries(of holder: AccessHolder, realm: RealmName) throws(StoreFault) -> [AccessEntry]
    /// To whom something was given itself, of whatever instance, after one of them in a fixed order.
    func entries(
        holding held: AccessHeld, realm: RealmName, after entry: AccessEntry?, limit: Int
    ) throws(StoreFault) -> [AccessEntry]
}

/// What can be changed about who may do what.
public protocol AccessWriter: AccessReader {
    /// Waits for others that change what anybody of the realm holds; what is read afterwards holds until the commit.
    func lockAccess(realm: RealmName) throws(StoreFault)
    /// Gives, or changes when it ends. False when it was so already.
    ///
    /// - Throws: ``StoreFault/constraint(_:)`` where one of the two is not of the realm.
    func give(
        _ held: AccessHeld, to holder: AccessHolder, until expiresAt: Timestamp?, realm: RealmName
    ) throws(StoreFault) -> Bool
    /// False when it was not there.
    func take(_ held: AccessHeld, from holder: AccessHolder, realm: RealmName) throws(StoreFault) -> Bool
    /// Removes what has been over since before that time, at most `limit`; returns how many they were.
    func removeExpiredGrants(before time: Timestamp, limit: Int) throws(StoreFault) -> Int64

    /// False when the name is taken.
    func insert(_ group: Group) throws(StoreFault) -> Bool
    /// Name, description and version, where the version is still the one before; false otherwise.
    ///
    /// - Throws: ``StoreFault/constraint(_:)`` where another group has the name.
    func update(_ group: Group, ifVersion version: Int64) throws(StoreFault) -> Bool
    /// With everything it holds and every membership. False when there is no such group.
    func delete(group: ID<Group>, realm: RealmName) throws(StoreFault) -> Bool
    /// Name, description, rank and version, where the version is still the one before; false otherwise.
    ///
    /// - Throws: ``StoreFault/constraint(_:)`` where another role has the name.
    func update(_ role: Role, ifVersion version: Int64) throws(StoreFault) -> Bool
    /// The same of a permission: name, description and version.
    func update(_ permission: Permission, ifVersion version: Int64) throws(StoreFault) -> Bool
    /// Takes it from everybody. False when there is no such permission.
    func delete(permission: ID<Permission>, realm: RealmName) throws(StoreFault) -> Bool
    /// Counts the version of a group or a role up: what it gives has changed.
    func noteChange(of holder: AccessHolder) throws(StoreFault)
}

extension StoreReader {
    public func grants(of user: ID<User>, realm: RealmName) throws(StoreFault) -> Grants {
        try accessGraph(of: .user(user), realm: realm).grants(at: now)
    }
}
