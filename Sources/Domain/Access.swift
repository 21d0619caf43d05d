/// A named bundle of permissions within one realm.
public struct Role: Sendable {
    public let id: ID<Role>
    public let realm: RealmName
    public let name: String
    public let description: String
    public let createdAt: Timestamp

    /// Given to every new user, for as long as it exists.
    public static let standardName = "user"
    /// Opens the administrator's routes.
    public static let adminName = "admin"

    public init(id: ID<Role>, realm: RealmName, name: String, description: String, createdAt: Timestamp) {
        self.id = id
        self.realm = realm
        self.name = name
        self.description = description
        self.createdAt = createdAt
    }
}

/// The right to do one thing with one kind of thing, such as `messages:read`.
public struct Permission: Sendable {
    public let id: ID<Permission>
    public let realm: RealmName
    /// `resource:action` unless the team chose another name; both spellings mean the pair.
    public let name: String
    public let description: String
    public let pair: Pair
    public let createdAt: Timestamp

    /// What tokens and guards speak of. Unique per realm.
    public struct Pair: Hashable, Sendable, CustomStringConvertible {
        public let resource: String
        public let action: String

        /// Both parts must satisfy ``AccessName``; anything else is `nil`.
        public init?(resource: String, action: String) {
            guard AccessName.isValid(resource), AccessName.isValid(action) else { return nil }
            self.resource = resource
            self.action = action
        }

        private init(known resource: String, _ action: String) {
            self.resource = resource
            self.action = action
        }

        /// To write an application's events into the audit.
        public static let auditWrite = Pair(known: "audit", "write")
        /// The resource of the permissions whose action is an application's name: to speak as that application.
        public static let applicationResource = "application"

        public var description: String { "\(resource):\(action)" }
    }

    public init(
        id: ID<Permission>, realm: RealmName, name: String, description: String, pair: Pair, createdAt: Timestamp
    ) {
        self.id = id
        self.realm = realm
        self.name = name
        self.description = description
        self.pair = pair
        self.createdAt = createdAt
    }
}

/// What names of roles, resources and actions may be made of.
///
/// Narrow on purpose: such names travel in tokens, headers and lists, and none may split one.
public enum AccessName {
    /// 1 to 64 of `A-Z a-z 0-9 _ - .`, beginning with a letter or digit.
    public static func isValid(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, isPlain(first) else { return false }
        return text.utf8.allSatisfy { isPlain($0) || $0 == 0x5F || $0 == 0x2D || $0 == 0x2E }
    }

    /// A permission's name may also be a pair, `resource:action`.
    public static func isValidPermission(_ text: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count <= 2 && parts.allSatisfy { isValid(String($0)) }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}

/// Everything one user holds: the roles' names, and each permission once, direct or through a role.
public struct Grants: Hashable, Sendable {
    /// Sorted, without doubles.
    public let roles: [String]
    /// `resource:action`, sorted, without doubles.
    public let permissions: [String]
    /// The other spelling of permissions whose name is not their pair.
    private let otherNames: Set<String>

    public static let none = Grants(roles: [], permissions: [])

    public init(roles: [String], permissions: [(name: String, pair: Permission.Pair)]) {
        self.roles = Set(roles).sorted()
        let pairs = Set(permissions.map { $0.pair.description })
        self.permissions = pairs.sorted()
        otherNames = Set(permissions.map(\.name)).subtracting(pairs)
    }

    /// Byte by byte. To `==` two texts are equal that look alike, which is too little where names decide.
    public func isSpelled(as other: Grants) -> Bool {
        func isSame(_ left: [String], _ right: [String]) -> Bool {
            left.elementsEqual(right) { $0.utf8.elementsEqual($1.utf8) }
        }
        return isSame(roles, other.roles) && isSame(permissions, other.permissions)
            && isSame(otherNames.sorted(), other.otherNames.sorted())
    }

    public func hasRole(_ name: String) -> Bool { Self.holds(roles, name) }

    /// True for the pair and for the permission's own name alike.
    public func hasPermission(_ name: String) -> Bool { Self.holds(permissions, name) || Self.holds(otherNames, name) }

    /// Byte by byte: to `==` of two texts, U+212A (KELVIN SIGN) is a `K`.
    private static func holds(_ names: some Sequence<String>, _ name: String) -> Bool {
        names.contains { $0.utf8.elementsEqual(name.utf8) }
    }
}
