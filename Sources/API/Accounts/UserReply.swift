internal import Domain
internal import Flows
internal import Standards

/// A user as administrators see them. No password, and nothing that one could be guessed from.
struct UserReply: Sendable {
    let user: User

    static let schema: Schema<UserReply> = .written(
        Field("id", .identifier(), \.user.id, "Never changes."),
        Field("number", .integer(0...Int64.max, example: 7), \.user.number, "What older systems join on."),
        Field("username", .text(example: "ana"), \.user.username.text, "As it was typed."),
        Field("email", .text(example: "ana@example.com"), \.user.email.text, "As it was typed."),
        Field(
            "email_verified_at", .nullable(.timestamp), \.user.emailVerifiedAt,
            "When the address was proven by mail; null where it was not."),
        Field("active", .boolean(example: true), \.user.isActive, "False where an administrator disabled the account."),
        Field(
            "banned_until", .nullable(.timestamp), \.user.bannedUntil, "Until when it is banned; null where it is not."),
        Field(
            "deactivated_at", .nullable(.timestamp), \.user.deactivatedAt,
            "When its owner laid it down; null while it is in use."),
        Field(
            "last_sign_in_at", .nullable(.timestamp), \.user.lastSignInAt, "Null before the first time."),
        Field(
            "language", .nullable(.choice()), \.user.language, "What the person is written to in; null for the realm's."
        ),
        Field("created_at", .timestamp, \.user.createdAt, "When the account was made.")
    ).named("User")
}

/// One with what they hold, and what only administrators edit. The entity tag is of the account, not of what it holds.
struct UserDetailReply: EntityTagged, Sendable {
    let user: UserReply
    let appMetadata: JSON
    let userMetadata: JSON
    let roles: [String]
    let groups: [String]
    let rank: Int64
    let permissions: [String]

    static let schema: Schema<UserDetailReply> = .written(
        Field("user", UserReply.schema, \.user, "Who it is."),
        Field(
            "roles", .array(.text(characters: 1...64, example: "user"), count: 0...10_000), \.roles,
            "Every role's name, sorted."),
        Field(
            "groups", .array(.text(characters: 1...64, example: "staff"), count: 0...10_000), \.groups,
            "Every group's name, sorted."),
        Field("rank", .integer(Role.ranks, example: 0), \.rank, "The highest of the roles' ranks."),
        Field(
            "permissions", .array(.text(example: "messages:read"), count: 0...10_000), \.permissions,
            "As `resource:action`, those of the roles too."),
        Field("app_metadata", .anyObject, \.appMetadata, "What only administrators and the server write."),
        Field("user_metadata", .anyObject, \.userMetadata, "What the person may write."))

    var tag: String { "\"\(UserVersion(user.user).text)\"" }

    init(_ user: User, _ grants: Grants) {
        self.user = UserReply(user: user)
        roles = grants.roles
        groups = grants.groups
        rank = grants.rank
        permissions = grants.permissions
        appMetadata = (try? JSON.parse(user.appMetadata)) ?? .object([])
        userMetadata = (try? JSON.parse(user.userMetadata)) ?? .object([])
    }
}

/// What became of one.
struct UserChangedReply: Sendable {
    let message: String
    let user: UserReply

    static let schema: Schema<UserChangedReply> = .written(
        Field("message", .text(example: "User banned"), \.message, "What happened, for people."),
        Field("user", UserReply.schema, \.user, "As they are now."))

    init(_ message: String, _ user: User) {
        self.message = message
        self.user = UserReply(user: user)
    }
}
