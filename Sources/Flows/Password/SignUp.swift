internal import Concurrency
public import Domain
public import Standards
public import Storage

/// Makes an account and signs its owner in.
public struct SignUp: Sendable {
    let store: any Store
    let passwords: Passwords
    let recorder: Recorder
    let start: SessionStart
    let capabilities: Capabilities
    let refusals: FoldedRefusals
    let defence: SignUpDefence
    let throttles: Throttles
    let proofs: MailProofs

    public struct Input: Sendable {
        public let username: String
        public let email: String
        public let password: Secret
        /// What the person is to be written to in.
        public private(set) var language: Language?
        /// What is agreed to, each as `name@version`.
        public let consents: [String]
        /// An object; which attributes the realm asks for, its profile schema says.
        public let attributes: JSON?
        /// Where the realm asks for work.
        public private(set) var proof: ProofOfWork.Solution?

        public init(
            username: String, email: String, password: Secret, language: Language? = nil, consents: [String] = [],
            attributes: JSON? = nil
        ) {
            self.username = username
            self.email = email
            self.password = password
            self.language = language
            self.consents = consents
            self.attributes = attributes
        }

        /// The same, in that language where none was chosen.
        public func speaking(_ language: Language) -> Input {
            var input = self
            input.language = self.language ?? language
            return input
        }

        public func with(_ proof: ProofOfWork.Solution?) -> Input {
            var input = self
            input.proof = proof
            return input
        }
    }

    public enum Outcome: Sendable {
        case signedUp(SignedIn)
        /// A letter is on its way; what it carries goes to ``ConfirmSignUp``, its code beside this ticket. The same for an
        /// address that belongs to somebody.
        case pending(ticket: String)
        case refused(Refusal)
    }
    public enum Refusal: Sendable {
        /// In this realm accounts are made by operators only.
        case closed
        case invalid([FieldProblem])
        /// The username or the address belongs to somebody; which of the two is not told.
        case taken
        /// The same where addresses are confirmed by mail, which tells nothing about them.
        case usernameTaken
        case throttled(retryAfter: Duration)
        case proofOfWorkRequired
        case proofOfWorkInvalid
        case busy(retryAfter: Duration)
        /// The client left, or waited too long, before the password was hashed.
        case abandoned
    }

    /// What is wrong with an input, as far as that can be told without the database.
    public func problems(of input: Input, in realm: Realm) -> [FieldProblem] {
        check(input, in: realm).problems
    }

    /// Every problem of every field at once.
    private func check(
        _ input: Input, in realm: Realm
    ) -> (account: Checked?, problems: [FieldProblem]) {
        let (consents, missing) = ConsentChoice.check(input.consents, in: realm)
        var problems = defence.problems(of: input.email, in: realm) + missing
        let profile = ProfileDraft.check(input.attributes, realm.rules.profile, by: .owner, on: .signUp)
        if case .failure(let found) = profile { problems += found.list }
        switch NewAccount.check(input, policy: realm.rules.passwordPolicy) {
        case .success(let account):
            let checked = Checked(account: account, consents: consents, profile: (try? profile.get()) ?? .none)
            return (checked, problems)
        case .failure(let found): return (nil, found.list + problems)
        }
    }

    /// What was asked for, without anything wrong.
    struct Checked: Sendable {
        let account: NewAccount.Checked
        let consents: ConsentChoice
        let profile: ProfileDraft.Checked
    }

    private enum Result: Sendable {
        case begun(User, Grants, Session)
        case taken
        case refused([FieldProblem])
    }

    public func callAsFunction(
        _ input: Input, in realm: Realm, from source: Source, as transport: Transport = .token
    ) async throws(StoreFault) -> Outcome {
        guard realm.rules.hasSignUp else {
            refusals.note(reason: "sign_up_closed", realm: realm, source: source, route: "register")
            return .refused(.closed)
        }
        let (checked, problems) = check(input, in: realm)
        guard let checked, problems.isEmpty else { return .refused(.invalid(problems)) }
        let account = checked.account
        if let refusal = try await defence.refusal(of: input, in: realm, from: source) { return .refused(refusal) }
        let password: StoredPassword
        do { password = try await passwords.hash(account.password, source: source) } catch {
            return .refused(Refusal(error))
        }

        if realm.rules.accounts.confirmsEmail {
            return try await wait(for: checked, password: password, input, in: realm, from: source)
        }
        let creation = AccountCreation(
            account, password: password, language: input.language, realm: realm.name, recorder, capabilities)
        let session = capabilities.id(Session.self)
        let created = creation.drafts(confirmedBy: "self_registration", source: source, actor: creation.user.id)
        let signedIn = recorder.draft(
            .login, realm: realm.name, actor: creation.user.id, confirmedBy: "password", source: source,
            details: [("session", .string(session.text))], personal: [creation.part(source: source)])
        let agreed = ConsentDraft(
            giving: checked.consents.documents, by: creation.user.id, in: realm.name, confirmedBy: "self_registration",
            source: source, part: creation.part(source: source), recorder, capabilities)
        let profile = ProfileDraft(
            checked.profile, for: creation, in: realm, giver: .owner, confirmedBy: "self_registration",
            source: source, actor: creation.user.id, recorder, capabilities)
        let result = try await store.transactionWithProfile { (tx) throws(StoreFault) -> Result in
            if let problems = try profile?.problems(tx), !problems.isEmpty { return .refused(problems) }
            guard let user = try creation.insert(created, tx) else { return .taken }
            try profile?.append(to: tx)
            try agreed.append(to: tx)
            let session = try start.begin(session, user: user.id, in: realm, amr: ["pwd"], source: source, tx)
            try signedIn.append(to: tx)
            return .begun(user, try tx.grants(of: user.id, realm: realm.name), session)
        }
        let (user, grants, begun): (User, Grants, Session)
        switch result {
        case .begun(let made, let held, let session): (user, grants, begun) = (made, held, session)
        case .taken:
            refusals.note(reason: "identifier_taken", realm: realm, source: source, route: "register")
            return .refused(.taken)
        case .refused(let problems):
            refusals.note(reason: "attribute_taken", realm: realm, source: source, route: "register")
            return .refused(.invalid(problems))
        }
        let principal = Principal(user.person, begun, grants: grants)
        guard var tokens = start.tokens(principal, counter: .first, in: realm, as: transport) else {
            throw .unexpected("realm \(realm.name) has no signing key")
        }
        tokens.deviceMark = throttles.mark(for: user.id, since: begun.createdAt, in: realm, after: nil)
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
