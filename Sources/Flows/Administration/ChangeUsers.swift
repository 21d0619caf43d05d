public import Domain
public import Storage

/// Does something to many users, to each in a transaction of its own and in the order asked for. What is wrong with one
/// does not stop the others.
public struct ChangeUsers: Sendable {
    let setUserActive: SetUserActive
    let banUser: BanUser
    let deleteUser: DeleteUser
    let startReset: StartReset
    let invite: Invite
    let addPerson: AddPerson
    let endSession: EndSession

    /// How many at once.
    public static let most = 1_000

    /// The raw values are public contract.
    public enum Action: String, CaseIterable, Sendable {
        case disable
        case enable
        case ban
        case unban
        case delete
        case endSessions = "end_sessions"
        case invite
        case reset
        case create

        /// What whoever asks for it must hold.
        public var right: AdminRight {
            switch self {
            case .disable, .enable, .ban, .unban: .usersSuspend
            case .delete: .usersDelete
            case .endSessions: .sessionsEnd
            case .invite, .reset: .usersRecover
            case .create: .usersCreate
            }
        }
    }

    public enum Step: Sendable {
        case disable(ID<User>)
        case enable(ID<User>)
        case ban(ID<User>, until: Timestamp)
        case unban(ID<User>)
        case delete(ID<User>)
        case endSessions(ID<User>)
        case invite(ID<User>)
        case reset(ID<User>)
        case create(AddPerson.Input)

        public var action: Action {
            switch self {
            case .disable: .disable
            case .enable: .enable
            case .ban: .ban
            case .unban: .unban
            case .delete: .delete
            case .endSessions: .endSessions
            case .invite: .invite
            case .reset: .reset
            case .create: .create
            }
        }
    }

    public enum Result: Sendable {
        /// Also where it was so already.
        case done(ID<User>)
        case created(User)
        case notPermitted(AdminRight)
        case noSuchUser
        case ownAccount
        case refused(DeedRefusal)
        /// Disabled or banned, so that no letter is sent.
        case notUsable
        case hasPassword
        case invalid([FieldProblem])
        case notCreated(AddPerson.Refusal)
        /// The database failed; whether it was done is not known.
        case unavailable(StoreFault)
    }

    public func callAsFunction(
        _ step: Step, in realm: Realm, by actor: Actor
    ) async -> Result {
        if let rights = actor.grants, !rights.has(step.action.right) { return .notPermitted(step.action.right) }
        do throws(StoreFault) { return try await carryOut(step, in: realm, by: actor) } catch {
            return .unavailable(error)
        }
    }

    private func carryOut(
        _ step: Step, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Result {
        switch step {
        case .disable(let id): return try await set(false, id, in: realm, by: actor)
        case .enable(let id): return try await set(true, id, in: realm, by: actor)
        case .ban(let id, let until): return try await ban(id, until: until, in: realm, by: actor)
        case .unban(let id): return try await ban(id, until: nil, in: realm, by: actor)
        case .delete(let id):
            switch try await deleteUser(user: id.text, in: realm, by: actor) {
            case .scheduled: return .done(id)
            case .noSuchUser: return .noSuchUser
            case .ownAccount: return .ownAccount
            case .refused(let refusal): return .refused(refusal)
            }
        case .endSessions(let id):
            switch try await endSession.all(of: id.text, in: realm.name, by: actor) {
            case .ended: return .done(id)
            case .noSuchUser: return .noSuchUser
            case .refused(let refusal): return .refused(refusal)
            }
        case .invite(let id):
            switch try await invite(user: id.text, in: realm, by: actor) {
            case .sent: return .done(id)
            case .hasPassword: return .hasPassword
            case .notUsable: return .notUsable
            case .noSuchUser: return .noSuchUser
            case .refused(let refusal): return .refused(refusal)
            }
        case .reset(let id):
            switch try await startReset(user: id.text, in: realm, by: actor) {
            case .sent: return .done(id)
            case .notUsable: return .notUsable
            case .noSuchUser: return .noSuchUser
            case .refused(let refusal): return .refused(refusal)
            }
        case .create(let person):
            switch try await addPerson(person, in: realm, by: actor) {
            case .added(let user, _): return .created(user)
            case .refused(let refusal): return .notCreated(refusal)
            }
        }
    }

    private func set(
        _ isActive: Bool, _ id: ID<User>, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Result {
        switch try await setUserActive(isActive, user: id.text, in: realm, by: actor) {
        case .changed, .unchanged: .done(id)
        case .noSuchUser: .noSuchUser
        case .ownAccount: .ownAccount
        case .refused(let refusal): .refused(refusal)
        }
    }

    private func ban(
        _ id: ID<User>, until: Timestamp?, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Result {
        switch try await banUser(until: until, user: id.text, in: realm, by: actor) {
        case .changed, .unchanged: .done(id)
        case .noSuchUser: .noSuchUser
        case .invalid(let problems): .invalid(problems)
        case .ownAccount: .ownAccount
        case .refused(let refusal): .refused(refusal)
        }
    }
}
