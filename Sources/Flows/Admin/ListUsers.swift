public import Domain
internal import Standards
public import Storage

/// A realm's users, a page at a time, searched, filtered and sorted.
///
/// However few of them a filter means, a page costs a bounded number of rows: where the bound is reached first the page is
/// shorter than asked for, and says where to go on.
public struct ListUsers: Sendable {
    let store: any Store

    /// How many users one statement looks at.
    static let window = 5_000
    /// How many of these are tried for one page.
    static let windows = 20
    /// How many users are looked at to count.
    public static let mostCounted = 50_000

    /// Which users; what is `nil` does not matter.
    public struct Filter: Sendable {
        public var isActive: Bool?
        public var isBanned: Bool?
        public var isDeactivated: Bool?
        public var isVerified: Bool?
        /// Part of the username or the e-mail address in any case, or how the number begins.
        public var text: String?
        /// How what the list is sorted by begins, in any case: of ``Domain/UserSort/username`` and
        /// ``Domain/UserSort/email`` only, where the index finds it.
        public var prefix: String?
        public var role: String?
        public var created: TimeSpan
        public var signedIn: TimeSpan

        public init(
            isActive: Bool? = nil, isBanned: Bool? = nil, isDeactivated: Bool? = nil, isVerified: Bool? = nil,
            text: String? = nil, prefix: String? = nil, role: String? = nil, created: TimeSpan = .always,
            signedIn: TimeSpan = .always
        ) {
            self.isActive = isActive
            self.isBanned = isBanned
            self.isDeactivated = isDeactivated
            self.isVerified = isVerified
            self.text = text
            self.prefix = prefix
            self.role = role
            self.created = created
            self.signedIn = signedIn
        }

        /// The names of what it asks for, for events: what was searched for may be personal.
        var names: [String] {
            [
                isActive == nil ? nil : "active", isBanned == nil ? nil : "banned",
                isDeactivated == nil ? nil : "deactivated", isVerified == nil ? nil : "verified",
                text == nil ? nil : "search", prefix == nil ? nil : "starts_with", role == nil ? nil : "role",
                created == .always ? nil : "created", signedIn == .always ? nil : "last_sign_in",
            ].compactMap(\.self)
        }
    }

    /// How many a filter means.
    public struct Total: Hashable, Sendable {
        public let count: Int64
        /// False where the realm has more users than were looked at: there are at least so many.
        public let isExact: Bool
    }

    public struct Page: Sendable {
        public let users: [User]
        /// Where the next page begins; `nil` at the end, and only there.
        public let next: UserCursor?
        /// Where it was asked for.
        public let total: Total?
    }

    public enum Outcome: Sendable {
        case page(Page)
        case noSuchRole
        /// The cursor is of another order.
        case wrongCursor
        /// What the list is sorted by has no beginning that could be searched for.
        case prefixNeedsOrder
    }

    public func callAsFunction(
        _ filter: Filter, in realm: RealmName, _ order: UserOrder = .byNumber, after cursor: UserCursor? = nil,
        limit: Int, counts: Bool = false
    ) async throws(StoreFault) -> Outcome {
        if let cursor, cursor.order != order { return .wrongCursor }
        let search: Search
        switch try await self.search(filter, in: realm, order) {
        case .search(let found): search = found
        case .nobody: return .page(Page(users: [], next: nil, total: counts ? Total(count: 0, isExact: true) : nil))
        case .outcome(let outcome): return outcome
        }
        var place = cursor?.place ?? search.start
        var users: [User] = []
        var next: UserPlace?
        for _ in 0..<Self.windows {
            let (start, wanted) = (place, limit + 1 - users.count)
            let (found, end) = try await store.read(in: .realm(realm)) { (reader) throws(StoreFault) in
                let found = try reader.users(
                    realm: realm, filter: search.filter, order, after: start, window: Self.window, limit: wanted)
                if found.count == wanted { return (found, UserPlace?.none) }
                return (
                    found, try reader.end(ofUserWindow: Self.window, realm: realm, order, after: start)
                )
            }
            users += found
            next = end.flatMap { search.mayGoOn(from: $0) ? $0 : nil }
            guard users.count <= limit, let further = next else { break }
            place = further
        }
        if users.count > limit {
            users.removeLast()
            next = users.last.map { UserPlace(of: $0, in: order.sort) }
        }
        let total = counts ? try await total(search.filter, in: realm) : nil
        return .page(Page(users: users, next: next.map { UserCursor(order, $0) }, total: total))
    }

    private func total(_ filter: UserFilter, in realm: RealmName) async throws(StoreFault) -> Total {
        let found = try await store.read(in: .realm(realm)) { (reader) throws(StoreFault) in
            try reader.userCount(realm: realm, filter: filter, most: Self.mostCounted)
        }
        return Total(count: found.matching, isExact: found.examined < Self.mostCounted)
    }

    private struct Search: Sendable {
        let filter: UserFilter
        /// Where the index is entered; `nil` for its beginning.
        let start: UserPlace?
        let prefix: String?
        let isDescending: Bool

        /// Whether behind that place anybody can be whose name begins as asked for.
        func mayGoOn(from place: UserPlace) -> Bool {
            guard let prefix, case .text(let key) = place.key else { return true }
            if key.utf8.starts(with: prefix.utf8) { return true }
            return key.utf8.lexicographicallyPrecedes(prefix.utf8) != isDescending
        }
    }

    private enum Preparation: Sendable { case search(Search), nobody, outcome(Outcome) }

    private func search(
        _ wish: Filter, in realm: RealmName, _ order: UserOrder
    ) async throws(StoreFault) -> Preparation {
        var (text, prefix): (String?, String?)
        if let typed = wish.text {
            guard let key = SearchText.key(typed) else { return .nobody }
            text = key
        }
        if let typed = wish.prefix {
            guard order.sort == .username || order.sort == .email else { return .outcome(.prefixNeedsOrder) }
            guard let key = SearchText.key(typed) else { return .nobody }
            prefix = key
        }
        var role: ID<Role>?
        if let name = wish.role {
            let found = try await store.read(in: .realm(realm)) { (reader) throws(StoreFault) in
                try reader.role(named: name, realm: realm)
            }
            guard let found else { return .outcome(.noSuchRole) }
            role = found.id
        }
        let filter = UserFilter(
            isActive: wish.isActive, isBanned: wish.isBanned, isDeactivated: wish.isDeactivated,
            isVerified: wish.isVerified, text: text, usernamePrefix: order.sort == .username ? prefix : nil,
            emailPrefix: order.sort == .email ? prefix : nil, role: role, created: wish.created,
            signedIn: wish.signedIn)
        // Everything that begins so stands between these two; no key has the second one's scalar.
        let start = prefix.map { prefix in
            order.isDescending
                ? UserPlace(.text(prefix + "\u{10FFFF}"), number: 0) : UserPlace(.text(prefix), number: -1)
        }
        return .search(Search(filter: filter, start: start, prefix: prefix, isDescending: order.isDescending))
    }
}
