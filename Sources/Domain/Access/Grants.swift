/// Everything that one person or program holds at one moment, in a form that answers a question without the database:
/// nothing that is not in here is held.
public struct Grants: Hashable, Sendable {
    /// Every role, also those that others include and those of groups; sorted, without doubles.
    public let roles: [String]
    /// Every group, also those that others are members of; sorted, without doubles.
    public let groups: [String]
    /// `resource:action`, sorted, without doubles; either part may be `*`.
    public let permissions: [String]
    /// What is held of single things only; sorted by instance.
    public let scoped: [Scoped]
    /// The highest rank among the roles; 0 without any.
    public let rank: Int64
    /// When something of it ends by itself: from then on it has to be made anew. `nil` where nothing does.
    public private(set) var staleAt: Timestamp?
    /// The other spelling of permissions whose name is not their pair.
    private let otherNames: Set<String>
    /// Those of ``permissions`` that stand for more than one.
    private let patterns: [Permission.Pair]
    private let isAdmin: Bool

    /// A permission that is held of one thing.
    public struct Scoped: Hashable, Sendable {
        public let pair: Permission.Pair
        public let instance: String

        public init(pair: Permission.Pair, instance: String) {
            self.pair = pair
            self.instance = instance
        }
    }

    public static let none = Grants(roles: [], permissions: [])

    public init(
        roles: [String], permissions: [(name: String, pair: Permission.Pair)], groups: [String] = [],
        scoped: [Scoped] = [], rank: Int64 = 0, staleAt: Timestamp? = nil
    ) {
        self.roles = Set(roles).sorted()
        self.groups = Set(groups).sorted()
        let pairs = Set(permissions.map(\.pair))
        let texts = Set(pairs.map(\.description))
        self.permissions = texts.sorted()
        self.scoped = Set(scoped).sorted { ($0.instance, $0.pair.description) < ($1.instance, $1.pair.description) }
        self.rank = rank
        self.staleAt = staleAt
        // A name may be anything but a right of administration.
        otherNames = Set(permissions.map(\.name)).subtracting(texts).filter { !AdminRight.isResource($0) }
        patterns = pairs.filter(\.isPattern).sorted { $0.description < $1.description }
        isAdmin = Self.holds(self.roles, Role.adminName)
    }

    /// Byte by byte. To `==` two texts are equal that look alike, which is too little where names decide.
    public func isSpelled(as other: Grants) -> Bool {
        func isSame(_ left: [String], _ right: [String]) -> Bool {
            left.elementsEqual(right) { $0.utf8.elementsEqual($1.utf8) }
        }
        return isSame(roles, other.roles) && isSame(permissions, other.permissions) && isSame(groups, other.groups)
            && isSame(otherNames.sorted(), other.otherNames.sorted()) && scoped == other.scoped && rank == other.rank
            && staleAt == other.staleAt
    }

    /// Whether something of it has ended by itself.
    public func isStale(at now: Timestamp) -> Bool { staleAt.map { $0 <= now } ?? false }

    /// The same, to be made anew at a time at the latest.
    public func stale(from time: Timestamp?) -> Grants {
        guard let time, staleAt.map({ time < $0 }) ?? true else { return self }
        var copy = self
        copy.staleAt = time
        return copy
    }

    public func hasRole(_ name: String) -> Bool { Self.holds(roles, name) }

    public func isInGroup(_ name: String) -> Bool { Self.holds(groups, name) }

    /// True for the pair, for a pattern that covers it, and for the permission's own name.
    ///
    /// - Parameter instance: the one thing that is meant; without it, only what is held of all of them counts.
    public func hasPermission(_ name: String, on instance: String? = nil) -> Bool {
        if Self.holds(permissions, name) { return !name.utf8.contains(UInt8(ascii: "*")) }
        if !otherNames.isEmpty, otherNames.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { return true }
        // What follows looks at the parts, which most questions never need.
        guard isAdmin || !patterns.isEmpty || (instance != nil && !scoped.isEmpty), let pair = Permission.Pair(name)
        else { return false }
        return covers(pair) || (instance.map { covers(pair, on: $0) } ?? false)
    }

    public func has(_ right: AdminRight) -> Bool { isAdmin || hasPermission(right.rawValue) }

    /// Whether everything that a granted pair would give is held already.
    public func covers(_ pair: Permission.Pair) -> Bool {
        if isAdmin, AdminRight.allows(pair) { return true }
        return Self.holds(permissions, pair.description) || patterns.contains { $0.covers(pair) }
    }

    private func covers(_ pair: Permission.Pair, on instance: String) -> Bool {
        var low = 0
        var high = scoped.count
        while low < high {
            let middle = (low + high) / 2
            if scoped[middle].instance < instance { low = middle + 1 } else { high = middle }
        }
        while low < scoped.count, scoped[low].instance.utf8.elementsEqual(instance.utf8) {
            if scoped[low].pair.covers(pair) { return true }
            low += 1
        }
        return false
    }

    /// In a sorted list. Byte by byte: to `==` of two texts, U+212A (KELVIN SIGN) is a `K`.
    private static func holds(_ names: [String], _ name: String) -> Bool {
        var low = 0
        var high = names.count
        while low < high {
            let middle = (low + high) / 2
            if names[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low < names.count && names[low].utf8.elementsEqual(name.utf8)
    }
}
