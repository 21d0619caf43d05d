/// A named bundle of permissions within one realm, which may include other roles.
public struct Role: Sendable {
    public let id: ID<Role>
    public let realm: RealmName
    public let name: String
    public let description: String
    /// How high it stands, in ``ranks``: nobody gives a role above the highest of their own.
    public let rank: Int64
    /// Counts up with each change of what the role is or gives.
    public let version: Int64
    public let createdAt: Timestamp

    public static let ranks: ClosedRange<Int64> = 0...1_000

    /// Given to every new user, for as long as it exists.
    public static let standardName = "user"
    /// Opens the administrator's routes.
    public static let adminName = "admin"

    /// What a role of this name has when nobody says otherwise.
    public static func standardRank(of name: String) -> Int64 { name.utf8.elementsEqual(adminName.utf8) ? 900 : 0 }

    public init(
        id: ID<Role>, realm: RealmName, name: String, description: String, rank: Int64? = nil, version: Int64 = 1,
        createdAt: Timestamp
    ) {
        self.id = id
        self.realm = realm
        self.name = name
        self.description = description
        self.rank = rank ?? Self.standardRank(of: name)
        self.version = version
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
    /// Counts up with each change of its name or description.
    public let version: Int64
    public let createdAt: Timestamp

    /// What tokens and guards speak of. Unique per realm. One that is granted may have ``anything`` in either place.
    public struct Pair: Hashable, Sendable, CustomStringConvertible {
        public let resource: String
        public let action: String

        /// In a granted pair's place: whatever stands there in what is asked.
        public static let anything = "*"

        /// Whether it stands for more than one pair; such a pair can be granted and never asked for.
        public var isPattern: Bool { resource == Self.anything || action == Self.anything }

        /// Either part may be ``anything``. Nobody is granted `*` of administration as a whole: `aldrava.users:*` is one
        /// resource's, and ``Role/adminName`` holds all.
        public init?(granting resource: String, action: String) {
            func isGood(_ part: String) -> Bool {
                part.utf8.elementsEqual(Self.anything.utf8) || AccessName.isValid(part)
            }
            guard isGood(resource), isGood(action) else { return nil }
            self.init(known: resource, action)
        }

        /// `resource:action`, where either may be ``anything``.
        public init?(granting text: String) {
            let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            self.init(granting: String(Substring(parts[0])), action: String(Substring(parts[1])))
        }

        /// Whether holding it answers a question for `other`. Of two patterns, whether everything of the other is within.
        public func covers(_ other: Pair) -> Bool {
            let isSameResource = resource.utf8.elementsEqual(other.resource.utf8)
            guard action == Self.anything || action.utf8.elementsEqual(other.action.utf8) else { return false }
            if isSameResource { return true }
            return resource == Self.anything && !AdminRight.isResource(other.resource)
        }

        /// Both parts must satisfy ``AccessName``; anything else is `nil`.
        public init?(resource: String, action: String) {
            guard AccessName.isValid(resource), AccessName.isValid(action) else { return nil }
            self.resource = resource
            self.action = action
        }

        /// `resource:action`.
        public init?(_ text: String) {
            let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            self.init(resource: String(Substring(parts[0])), action: String(Substring(parts[1])))
        }

        private init(known resource: String, _ action: String) {
            self.resource = resource
            self.action = action
        }

        init(_ right: AdminRight) {
            let parts = right.rawValue.utf8.split(separator: UInt8(ascii: ":"))
            self.init(known: String(Substring(parts[0])), String(Substring(parts[1])))
        }

        /// To write an application's events into the audit.
        public static let auditWrite = Pair(known: "audit", "write")
        /// To read what applications may read of people's profiles, and to write what they may write.
        public static let profilesRead = Pair(known: "profiles", "read")
        public static let profilesWrite = Pair(known: "profiles", "write")
        /// The resource of the permissions whose action is an application's name: to speak as that application.
        public static let applicationResource = "application"

        public var description: String { "\(resource):\(action)" }
    }

    public init(
        id: ID<Permission>, realm: RealmName, name: String, description: String, pair: Pair, version: Int64 = 1,
        createdAt: Timestamp
    ) {
        self.id = id
        self.realm = realm
        self.name = name
        self.description = description
        self.pair = pair
        self.version = version
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

    /// One thing that a permission may be limited to, such as `messages/42`: 1 to 128 of `A-Z a-z 0-9 _ - . / : @ ~`.
    public static func isValidInstance(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { isPlain($0) || [0x5F, 0x2D, 0x2E, 0x2F, 0x3A, 0x40, 0x7E].contains($0) }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
