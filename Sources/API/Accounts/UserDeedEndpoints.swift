internal import Domain
internal import Flows
internal import Storage

/// `POST /api/admin/users/{id}/reset`.
struct StartResetEndpoint: Endpoint {
    typealias Refusal = UserRefusal
    let startReset: StartReset

    static let sentence = "Has a letter sent to a user, who sets a new password with it. Nobody else sees either."
    static let status = 202
    static let input: Intake<PathID<User>> = .path(PathID.schema("The user's id."))
    static let output = UserChangedReply.schema

    func callAsFunction(
        _ input: PathID<User>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<UserChangedReply, UserRefusal> {
        switch try await startReset(user: input.id.text, in: caller.realm, by: Actor(caller)) {
        case .sent(let user): .success(UserChangedReply("Letter sent", user))
        case .notUsable: .refused(.notUsable)
        case .noSuchUser: .refused(.notThere)
        case .refused(let refusal): .refused(.deed(refusal))
        }
    }
}

/// `POST /api/admin/users/{id}/invite`.
struct InviteEndpoint: Endpoint {
    typealias Refusal = UserRefusal
    let invite: Invite

    static let sentence = "Has a letter sent to a user without a password, who chooses one with it."
    static let status = 202
    static let input: Intake<PathID<User>> = .path(PathID.schema("The user's id."))
    static let output = UserChangedReply.schema

    func callAsFunction(
        _ input: PathID<User>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<UserChangedReply, UserRefusal> {
        switch try await invite(user: input.id.text, in: caller.realm, by: Actor(caller)) {
        case .sent(let user): .success(UserChangedReply("Invitation sent", user))
        case .hasPassword: .refused(.hasPassword)
        case .notUsable: .refused(.notUsable)
        case .noSuchUser: .refused(.notThere)
        case .refused(let refusal): .refused(.deed(refusal))
        }
    }
}

/// `POST /api/admin/users/{id}/ban`.
struct BanUserEndpoint: Endpoint {
    typealias Refusal = UserRefusal
    typealias Input = (PathID<User>, End)
    let banUser: BanUser

    struct End: Sendable {
        let until: Timestamp

        static let schema: Schema<End> = .object(
            End.init(until:), Field("until", .timestamp, \.until, "When the user may come in again."))
    }

    static let sentence = "Keeps a user out until a date; every session ends."
    static let input: Intake<Input> = .path(PathID.schema("The user's id."), and: .json(End.schema), { ($0, $1) })
    static let output = UserChangedReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<UserChangedReply, UserRefusal> {
        let outcome = try await banUser(
            until: input.1.until, user: input.0.id.text, in: caller.realm, by: Actor(caller))
        return outcome.answer("User banned")
    }
}

/// `POST /api/admin/users/{id}/unban`.
struct UnbanUserEndpoint: Endpoint {
    typealias Refusal = UserRefusal
    let banUser: BanUser

    static let sentence = "Lets a user in again before a ban is over."
    static let input: Intake<PathID<User>> = .path(PathID.schema("The user's id."))
    static let output = UserChangedReply.schema

    func callAsFunction(
        _ input: PathID<User>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<UserChangedReply, UserRefusal> {
        let outcome = try await banUser(until: nil, user: input.id.text, in: caller.realm, by: Actor(caller))
        return outcome.answer("Ban lifted")
    }
}

extension BanUser.Outcome {
    fileprivate func answer(_ message: String) -> Answer<UserChangedReply, UserRefusal> {
        switch self {
        case .changed(let user), .unchanged(let user): .success(UserChangedReply(message, user))
        case .noSuchUser: .refused(.notThere)
        case .refused(let refusal): .refused(.deed(refusal))
        case .invalid(let problems): .refused(.invalid(problems))
        case .ownAccount: .refused(.ownAccount)
        }
    }
}

/// `POST /api/admin/users/{id}/disable`.
struct DisableUserEndpoint: Endpoint {
    typealias Refusal = UserRefusal
    let setUserActive: SetUserActive

    static let sentence = "Shuts a user out; every session ends."
    static let input: Intake<PathID<User>> = .path(PathID.schema("The user's id."))
    static let output = UserChangedReply.schema

    func callAsFunction(
        _ input: PathID<User>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<UserChangedReply, UserRefusal> {
        let outcome = try await setUserActive(false, user: input.id.text, in: caller.realm, by: Actor(caller))
        return outcome.answer("User disabled")
    }
}

/// `POST /api/admin/users/{id}/enable`.
struct EnableUserEndpoint: Endpoint {
    typealias Refusal = UserRefusal
    let setUserActive: SetUserActive

    static let sentence = "Lets a user in again who was disabled, or whose account was to be erased."
    static let input: Intake<PathID<User>> = .path(PathID.schema("The user's id."))
    static let output = UserChangedReply.schema

    func callAsFunction(
        _ input: PathID<User>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<UserChangedReply, UserRefusal> {
        let outcome = try await setUserActive(true, user: input.id.text, in: caller.realm, by: Actor(caller))
        return outcome.answer("User enabled")
    }
}

extension SetUserActive.Outcome {
    fileprivate func answer(_ message: String) -> Answer<UserChangedReply, UserRefusal> {
        switch self {
        case .changed(let user), .unchanged(let user): .success(UserChangedReply(message, user))
        case .noSuchUser: .refused(.notThere)
        case .refused(let refusal): .refused(.deed(refusal))
        case .ownAccount: .refused(.ownAccount)
        }
    }
}

/// `DELETE /api/admin/users/{id}`.
struct DeleteUserEndpoint: Endpoint {
    typealias Refusal = UserRefusal
    let deleteUser: DeleteUser

    struct Reply: Sendable {
        let message: String
        let finallyAt: Timestamp
    }

    static let sentence = "Disables a user now, and erases the person after the realm's time of grace."
    static let input: Intake<PathID<User>> = .path(PathID.schema("The user's id."))
    static let output: Schema<Reply> = .object(
        Reply.init(message:finallyAt:),
        Field("message", .text(example: "User will be erased"), \.message, "What happened, for people."),
        Field("finally_at", .timestamp, \.finallyAt, "Until when enabling the account takes it back."))

    func callAsFunction(
        _ input: PathID<User>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<Reply, UserRefusal> {
        switch try await deleteUser(user: input.id.text, in: caller.realm, by: Actor(caller)) {
        case .scheduled(_, let finallyAt): .success(Reply(message: "User will be erased", finallyAt: finallyAt))
        case .noSuchUser: .refused(.notThere)
        case .refused(let refusal): .refused(.deed(refusal))
        case .ownAccount: .refused(.ownAccount)
        }
    }
}
