/// What a list of users is sorted by; the raw values are public contract. Each has an index of its own.
public enum UserSort: String, CaseIterable, Hashable, Sendable {
    case number
    /// By ``Username/key``, in the order of its bytes.
    case username
    /// By ``EmailAddress/key``, likewise.
    case email
    case createdAt = "created_at"
    /// Whoever never signed in counts as before everybody else.
    case lastSignInAt = "last_sign_in_at"
}

/// In which order users are listed. Users with the same value come in the order of their numbers.
public struct UserOrder: Hashable, Sendable {
    public let sort: UserSort
    public let isDescending: Bool

    public static let byNumber = UserOrder(.number)

    public init(_ sort: UserSort, isDescending: Bool = false) {
        self.sort = sort
        self.isDescending = isDescending
    }
}

/// From a time on, and before another one.
public struct TimeSpan: Hashable, Sendable {
    public let from: Timestamp?
    public let before: Timestamp?

    public static let always = TimeSpan()

    public init(from: Timestamp? = nil, before: Timestamp? = nil) {
        self.from = from
        self.before = before
    }
}
