internal import Domain
internal import Flows
internal import Storage

/// `POST /api/admin/users/{id}/promote`.
struct PromoteUserEndpoint: Endpoint {
    typealias Refusal = GrantRefusal
    let promoteUser: PromoteUser

    static let sentence = "Makes an administrator of a user; once more changes nothing."
    static let input: Intake<PathID<User>> = .path(PathID.schema("The user's id."))
    static let output = PromotionReply.schema

    func callAsFunction(
        _ input: PathID<User>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<PromotionReply, GrantRefusal> {
        switch try await promoteUser(true, user: input.id.text, in: caller.realm.name, by: Actor(caller)) {
        case .done(let user, let changed, let isAdministrator):
            return .success(
                PromotionReply("User promoted", user, changed: changed, isAdministrator: isAdministrator))
        case .refused(let refusal): return .refused(GrantRefusal(refusal))
        }
    }
}

/// `POST /api/admin/users/{id}/demote`.
struct DemoteUserEndpoint: Endpoint {
    typealias Refusal = GrantRefusal
    let promoteUser: PromoteUser

    static let sentence = "Takes the administrators' role from a user; once more changes nothing."
    static let input: Intake<PathID<User>> = .path(PathID.schema("The user's id."))
    static let output = PromotionReply.schema

    func callAsFunction(
        _ input: PathID<User>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<PromotionReply, GrantRefusal> {
        switch try await promoteUser(false, user: input.id.text, in: caller.realm.name, by: Actor(caller)) {
        case .done(let user, let changed, let isAdministrator):
            return .success(PromotionReply("User demoted", user, changed: changed, isAdministrator: isAdministrator))
        case .refused(let refusal): return .refused(GrantRefusal(refusal))
        }
    }
}

struct PromotionReply: Sendable {
    let message: String
    let user: UserReply
    let isChanged: Bool
    let isAdministrator: Bool

    init(_ message: String, _ user: User, changed: Bool, isAdministrator: Bool) {
        self.message = message
        self.user = UserReply(user: user)
        isChanged = changed
        self.isAdministrator = isAdministrator
    }

    static let schema: Schema<PromotionReply> = .written(
        Field("message", .text(example: "User promoted"), \.message, "What happened, for people."),
        Field("user", UserReply.schema, \.user, "Who it is."),
        Field("changed", .boolean(example: true), \.isChanged, "False where it was so already."),
        Field(
            "administrator", .boolean(example: true), \.isAdministrator,
            "Whether they administer the realm now; somebody may also do so through a group."))
}
