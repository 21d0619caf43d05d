internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Makes an account for somebody with a password, from the command line; there also with roles. Making the first
/// administrator is this too.
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
        /// The role is above what the actor may give.
        case mayNotGive(String)
        case busy(retryAfter: Duration)
    }

    private enum Result: Sendable {
        case added(User, Grants), taken, noSuchRole(String), mayNotGive(String)
        case refused([FieldProblem])
    }

    /// Attributes are asked for where some are given, be it an empty object: the first administrator comes before them.
    ///
    /// Nobody gives roles that he could not give to somebody who is there already. `createMissingRoles` makes roles that do not exist yet; otherwise one of them refuses the whole.
    public func callAsFunction(
        _ input: SignUp.Input, roles: [String], createMissingRoles: Bool, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let account: NewAccount.Checked
        switch NewAccount.check(input, policy: realm.rules.passwordPolicy) {
        case .success(let checked): account = checked
        case .failure(let problems): return .refused(.invalid(problems.list))
        }
        var problems = roles.flatMap { AccessProblems.name($0, field: "role") }
        var attributes = ProfileDraft.Checked.none
        if let given = input.attributes {
            switch ProfileDraft.check(given, realm.rules.profile, by: .admin, on: .creation) {
            case .success(let checked): attributes = checked
            case .failure(let found): problems += found.list
            }
        }
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let source = actor.source
        let password: StoredPassword
        do { password = try await passwords.hash(account.password, source: source) } catch {
            if case .queue(.full(let retryAfter)) = error { return .refused(.busy(retryAfter: retryAfter)) }
            return .refused(.busy(retryAfter: .seconds(1)))
        }

        let creation = AccountCreation(account, password: password, realm: realm.name, recorder, capabilities)
        let created = try await drafts(creation, by: actor)
        let profile = ProfileDraft(
            attributes, for: creation, in: realm, giver: .actor(actor), confirmedBy: actor.confirmedBy, source: source,
            actor: actor.person?.id,
            recorder, capabilities)
        let wanted = roles.map { name in
            Wanted(
                role: Role(
                    id: capabilities.id(Role.self), realm: realm.name, name: name, description: "",
                    createdAt: capabilities.now()),
                made: recorder.draft(
                    .createRole, realm: realm.name, actor: actor.person?.id, confirmedBy: actor.confirmedBy,
                    source: source,
                    details: [("role", .string(name))]),
                granted: recorder.draft(
                    .grantRole, realm: realm.name, actor: actor.person?.id, confirmedBy: actor.confirmedBy,
                    source: source,
                    details: [("role", .string(name)), ("to_user", .string(creation.user.id.text))]
                        + actor.credential,
                    personal: [creation.part(source: source)]))
        }
        let result = try await store.transactionWithProfile { (tx) throws(StoreFault) -> Result in
            if let problems = try profile?.problems(tx), !problems.isEmpty { return .refused(problems) }
            if !createMissingRoles {
                for wish in wanted where try tx.role(named: wish.role.name, realm: realm.name) == nil {
                    return .noSuchRole(wish.role.name)
                }
            }
            for wish in wanted where try !mayGive(wish.role.name, actor, in: realm.name, tx) {
                return .mayNotGive(wish.role.name)
            }
            guard let user = try creation.insert(created, tx) else { return .taken }
            try profile?.append(to: tx)
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
        case .refused(let problems): return .refused(.invalid(problems))
        case .noSuchRole(let name): return .refused(.noSuchRole(name))
        case .mayNotGive(let name): return .refused(.mayNotGive(name))
        }
    }

    /// A role that is not there yet only the machine makes.
    private func mayGive(
        _ name: String, _ actor: Actor, in realm: RealmName, _ reader: any StoreReader
    ) throws(StoreFault) -> Bool {
        guard let held = actor.grants else { return true }
        guard held.has(.grantsWrite), let role = try reader.role(named: name, realm: realm) else { return false }
        let given = try reader.everythingGiven(by: .role(role.id), realm: realm)
        return try actor.authority(in: realm, reader, for: .good).mayGive(given)
    }

    /// Somebody who is not the command line is named beside the new account.
    private func drafts(
        _ creation: AccountCreation, by actor: Actor
    ) async throws(StoreFault) -> AccountCreation.Drafts {
        guard actor.grants != nil else {
            return creation.drafts(confirmedBy: actor.confirmedBy, source: actor.source, actor: nil)
        }
        let person = creation.person(at: capabilities.now())
        let own = try await store.read { (reader) throws(StoreFault) in
            try actor.subjectKey(besides: person.id, reader)
        }
        return creation.drafts(
            confirmedBy: actor.confirmedBy, source: actor.source, actor: actor.person?.id,
            further: [("target", .string(person.id.text))] + actor.credential,
            personal: actor.parts(person.person, creation.key, own, recorder))
    }

    /// A role asked for, with the events that making and granting it leave.
    private struct Wanted: Sendable {
        let role: Role
        let made: EventDraft
        let granted: EventDraft
    }
}
