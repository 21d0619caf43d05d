public import Domain
internal import Standards
public import Storage

/// A realm's users in the order in which they came, a page at a time.
public struct ListUsers: Sendable {
    let store: any Store

    /// Which users; what is `nil` does not matter.
    public struct Filter: Sendable {
        public let isActive: Bool?
        /// Part of the username or the e-mail address, in any case.
        public let text: String?
        public let role: String?

        public init(isActive: Bool? = nil, text: String? = nil, role: String? = nil) {
            self.isActive = isActive
            self.text = text
            self.role = role
        }
    }

    /// `next` is the number after which the next page begins; `nil` at the end.
    public enum Outcome: Sendable { case page([User], next: Int64?), noSuchRole }

    public func callAsFunction(
        _ filter: Filter, in realm: RealmName, after number: Int64, limit: Int
    ) async throws(StoreFault) -> Outcome {
        var text: String?
        if let typed = filter.text {
            guard let key = SearchText.key(typed) else { return .page([], next: nil) }
            text = key
        }
        let wanted = text
        let found = try await store.read { (reader) throws(StoreFault) -> [User]? in
            var role: ID<Role>?
            if let name = filter.role {
                guard let found = try reader.role(named: name, realm: realm) else { return nil }
                role = found.id
            }
            return try reader.users(
                realm: realm, filter: UserFilter(isActive: filter.isActive, text: wanted, role: role),
                after: number, limit: limit + 1)
        }
        guard let found else { return .noSuchRole }
        let page = Array(found.prefix(limit))
        return .page(page, next: found.count > limit ? page.last?.number : nil)
    }
}
