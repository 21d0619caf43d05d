public import Domain

/// A place between two users of a list: just behind whoever has, or had, this value and this number.
public struct UserPlace: Hashable, Sendable {
    public enum Key: Hashable, Sendable {
        case integer(Int64)
        case text(String)
    }

    public let key: Key
    public let number: Int64

    public init(_ key: Key, number: Int64) {
        self.key = key
        self.number = number
    }

    /// Just behind that user.
    public init(of user: User, in sort: UserSort) {
        let key: Key =
            switch sort {
            case .number: .integer(user.number)
            case .username: .text(user.username.key)
            case .email: .text(user.email.key)
            case .createdAt: .integer(user.createdAt.milliseconds)
            case .lastSignInAt: .integer(user.lastSignInAt?.milliseconds ?? 0)
            }
        self.init(key, number: user.number)
    }
}

/// How many users a filter finds among those that were looked at.
public struct UserCount: Hashable, Sendable {
    public let matching: Int64
    public let examined: Int64

    public init(matching: Int64, examined: Int64) {
        self.matching = matching
        self.examined = examined
    }
}

/// What became of an edit of somebody's account.
public enum UpdateUserOutcome: Hashable, Sendable {
    case updated
    /// It is another version by now, or nobody is there.
    case overtaken
    /// At least one of the two is true.
    case taken(username: Bool, email: Bool)
}

/// What can be asked about looking for users as administrators do.
public protocol UserSearchReader {
    /// Those of the next `window` users behind a place whom the filter means, at most `limit`. One index is read in its
    /// order, so the window bounds the work, however few are found.
    ///
    /// - Parameter place: `nil` for the beginning.
    func users(
        realm: RealmName, filter: UserFilter, _ order: UserOrder, after place: UserPlace?, window: Int, limit: Int
    ) throws(StoreFault) -> [User]
    /// Where such a window ends; `nil` where there are fewer users.
    func end(
        ofUserWindow window: Int, realm: RealmName, _ order: UserOrder, after place: UserPlace?
    ) throws(StoreFault) -> UserPlace?
    /// Among the realm's first `most` users.
    func userCount(realm: RealmName, filter: UserFilter, most: Int) throws(StoreFault) -> UserCount
}

/// What can be changed about looking for users as administrators do.
public protocol UserSearchWriter: UserSearchReader {
    /// Writes username, address with its proof, language and both metadata as `user` has them, where the account is still
    /// of that version, and counts the version up.
    func update(_ user: User, ifVersion version: Int64) throws(StoreFault) -> UpdateUserOutcome
}
