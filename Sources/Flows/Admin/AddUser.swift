internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Makes an account for somebody, with roles, from the command line. Making the first administrator is this too.
public struct AddUser: Sendable {
    let store: any Store
    let passwords: Passwords
    let recorder: Recorder
    let capabilities: Capabilities

    public enum Outcome: Sendable { case added(User, Grants), refused(Refusal) }
    public enum Refusal: Sendable {
        case invalid([FieldProblem])
        case taken
        case noSuchRole(String)
        case busy(retryAfter: Duration)
    }

    private enum Result: Sendable { case added(User, Grants), taken, noSuchRole(String) }

    /// `createMissingRoles` makes roles that do not exist yet; otherwise one of them refuses the whole.
    public func callAsFunction(
        _ input: SignUp.Input, roles: [String], createMissingRoles: Bool, in realm: RealmSettings, by source: Source
    ) async throws(StoreFault) -> Outcome {
        let account: NewAccount.Checked
        switch NewAccount.check(input, policy: realm.passwordPolicy) {
        case .success(let checked): account = checked
        case .failure(let problems): return .refused(.invalid(problems.list))
        }
        let problems = roles.flatMap { AccessProblems.name($0, field: "role") }
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let password: StoredPassword
        do { password = try await passwords.hash(account.password, source: source) } catch {
            if case .queue(.full(let retryAfter)) = error { return .refused(.busy(retryAfter: retryAfter)) }
            return .refused(.busy(retryAfter: .seconds(1)))
        }

        let creation = AccountCreation(account, password: password, realm: realm.name, recorder, capabilities)
        let created = creation.drafts(confirmedBy: "cli", source: source, actor: nil)
        let wanted = roles.map { name in
            Wanted(
                role: Role(
                    id: capabilities.id(Role.self), realm: realm.name, name: name, description: "",
                    createdAt: capabilities.now()),
                made: recorder.draft(
                    .createRole, realm: realm.name, confirmedBy: "cli", source: source,
                    details: [("role", .string(name))]),
                granted: recorder.draft(
                    .grantRole, realm: realm.name, confirmedBy: "cli", source: source,
                    details: [("role", .string(name)), ("to_user", .string(creation.user.id.text))],
                    personal: [creation.part(source: source)]))
        }
        let result = try await store.transaction { (tx) throws(StoreFault) -> Result in
            if !createMissingRoles {
                for wish in wanted where try tx.role(named: wish.role.name, realm: realm.name) == nil {
                    return .noSuchRole(wish.role.name)
                }
            }
            guard let user = try creation.insert(created, tx) else { return .taken }
            for wish in wanted {
                if try tx.insert(wish.role) { try wish.made.append(to: tx) }
                guard let role = try tx.role(named: wish.role.name, realm: realm.name) else { continue }
                if try tx.grant(role: role.id, to: user.id) { try wish.granted.append(to: tx) }
            }
            return .added(user, try tx.grants(of: user.id, realm: realm.name))
        }
        switch result {
        case .added(let user, let grants): return .added(user, grants)
        case .taken: return .refused(.taken)
        case .noSuchRole(let name): return .refused(.noSuchRole(name))
        }
    }

    /// A role asked for, with the events that making and granting it leave.
    private struct Wanted: Sendable {
        let role: Role
        let made: EventDraft
        let granted: EventDraft
    }
}
