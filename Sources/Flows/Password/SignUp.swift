internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Makes an account and signs its owner in.
public struct SignUp: Sendable {
    let store: any Store
    let passwords: Passwords
    let recorder: Recorder
    let start: SessionStart
    let capabilities: Capabilities
    let refusals: FoldedRefusals

    public struct Input: Sendable {
        public let username: String
        public let email: String
        public let password: Secret

        public init(username: String, email: String, password: Secret) {
            self.username = username
            self.email = email
            self.password = password
        }
    }

    public enum Outcome: Sendable { case signedUp(SignedIn), refused(Refusal) }
    public enum Refusal: Sendable {
        case invalid([FieldProblem])
        /// The username or the address belongs to somebody; which of the two is not told.
        case taken
        case busy(retryAfter: Duration)
        /// The client left, or waited too long, before the password was hashed.
        case abandoned
    }

    /// What is wrong with an input, as far as that can be told without the database.
    public func problems(of input: Input, in realm: RealmSettings) -> [FieldProblem] {
        switch NewAccount.check(input, policy: realm.passwordPolicy) {
        case .success: []
        case .failure(let problems): problems.list
        }
    }

    public func callAsFunction(
        _ input: Input, in realm: RealmSettings, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let account: NewAccount.Checked
        switch NewAccount.check(input, policy: realm.passwordPolicy) {
        case .success(let checked): account = checked
        case .failure(let problems): return .refused(.invalid(problems.list))
        }
        let password: StoredPassword
        do { password = try await passwords.hash(account.password, source: source) } catch {
            return .refused(Refusal(error))
        }

        let creation = AccountCreation(account, password: password, realm: realm.name, recorder, capabilities)
        let session = capabilities.id(Session.self)
        let created = creation.drafts(confirmedBy: "self_registration", source: source, actor: creation.user.id)
        let signedIn = recorder.draft(
            .login, realm: realm.name, actor: creation.user.id, confirmedBy: "password", source: source,
            details: [("session", .string(session.text))], personal: [creation.part(source: source)])
        let result = try await store.transaction { (tx) throws(StoreFault) -> (User, Grants, Session)? in
            guard let user = try creation.insert(created, tx) else { return nil }
            let session = try start.begin(session, user: user.id, in: realm, amr: ["pwd"], source: source, tx)
            try signedIn.append(to: tx)
            return (user, try tx.grants(of: user.id, realm: realm.name), session)
        }
        guard let (user, grants, begun) = result else {
            refusals.note(reason: "identifier_taken", realm: realm.name, source: source, route: "register")
            return .refused(.taken)
        }
        let principal = Principal(user.person, begun, grants: grants)
        guard let tokens = start.tokens(principal, counter: .first, in: realm) else {
            throw .unexpected("realm \(realm.name) has no signing key")
        }
        return .signedUp(tokens)
    }
}

extension SignUp.Refusal {
    init(_ fault: Passwords.Fault) {
        switch fault {
        case .queue(.full(let retryAfter)): self = .busy(retryAfter: retryAfter)
        case .queue(.cancelled): self = .abandoned
        case .queue(.tooLate), .hashing: self = .busy(retryAfter: .seconds(1))
        }
    }
}
