internal import Crypto
public import Domain
internal import Standards
public import Storage

/// A user as another system knew him, read and checked, on the way in.
public struct ImportedUser: Sendable {
    /// Where the row stands in its file.
    public let line: Int
    public let id: ID<User>?
    /// What was given; `nil` where a name is made from the address.
    public let username: Username?
    /// The name that was given, or those that are tried, in their order.
    public let candidates: [Username]
    public let email: EmailAddress
    public let isActive: Bool?
    /// Whether the person proved to read the address's mail; `nil` where nothing is said of it.
    public let isEmailVerified: Bool?
    public let emailVerifiedAt: Timestamp?
    public let bannedUntil: Timestamp?
    public let deactivatedAt: Timestamp?
    public let lastSignInAt: Timestamp?
    public let createdAt: Timestamp?
    public let language: Language?
    /// JSON objects.
    public let appMetadata: String?
    public let userMetadata: String?
    public let password: StoredPassword?
    /// `nil` where nothing is said of them: then the standard one.
    public let roles: [String]?
    public let permissions: [Permission.Pair]
    /// Of everything that the row says, in one spelling.
    public let digest: [UInt8]
    /// The row itself, for another process that reads it again.
    public let row: ImportRow

    var keys: UserKeys { UserKeys(id: id, usernames: candidates.map(\.key), email: email.key) }
}

/// One row as it was read: fields by their names here, each a text or a value of JSON.
public struct ImportRow: Sendable {
    public let line: Int
    public let fields: [Field]

    /// A name and a value in JSON.
    public struct Field: Sendable {
        public let name: String
        let value: JSON
    }
}

/// Why one row was not taken. Holds nothing of what the row says.
public struct ImportProblem: Hashable, Sendable {
    public let line: Int
    /// Empty for what is about the row as a whole.
    public let field: String
    /// Stable and machine-readable.
    public let code: String
    public let message: String

    public init(line: Int, field: String, code: String, message: String) {
        self.line = line
        self.field = field
        self.code = code
        self.message = message
    }
}

extension ImportProblem {
    init(_ problem: FieldProblem, line: Int) {
        self.init(line: line, field: problem.field, code: problem.code, message: problem.message)
    }
}
