internal import Concurrency
public import Domain
public import Standards
public import Storage

/// Somebody without an account takes an invitation up: the account is made with the address that the letter has
/// proven, also
/// in a realm where strangers cannot sign up, and is a member from its first moment.
///
/// Where an administrator made an account for that address, which has no password yet, the person takes that one up.
/// Signs
/// nobody in.
public struct JoinByInvitation: Sendable {
    let parts: FlowParts

    public struct Input: Sendable {
        /// `nil` for one that is made from the address.
        public let username: String?
        public let password: Secret
        public let language: Language?
        /// What is agreed to, each as `name@version`.
        public let consents: [String]
        public let attributes: JSON?

        public init(
            username: String?, password: Secret, language: Language? = nil, consents: [String] = [],
            attributes: JSON? = nil
        ) {
            self.username = username
            self.password = password
            self.language = language
            self.consents = consents
            self.attributes = attributes
        }
    }

    public enum Outcome: Sendable { case joined(User, Organisation, Organisation.Role), refused(Refusal) }
    public enum Refusal: Sendable {
        case proof(ProofRefusal)
        /// The letter can be shown again, with something better.
        case invalid([FieldProblem])
        /// There is an account with that address: its owner signs in and accepts.
        case hasAccount
        /// The username belongs to somebody, or somebody took the address just now.
        case taken
        case busy(retryAfter: Duration)
        case abandoned
    }

    private enum Result: Sendable { case joined(User), spent, taken, invalid([FieldProblem]) }

    public func callAsFunction(
        token: String, _ input: Input, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        // Operators are made by operators.
        guard realm.name != .system else { return .refused(.proof(.notGood)) }
        let found: ShownInvitation
        switch try await ShownInvitation.find(token: token, in: realm, from: source, parts) {
        case .found(let shown): found = shown
        case .refused(let refusal): return .refused(.proof(refusal))
        }
        let present = try await parts.find(LoginName(found.offer.email.text), in: realm.name)
        if let present, !PendingSignUp.links(to: present) { return .refused(.hasAccount) }
        let wanted =
            if let present { present.user.username.text } else if let name = input.username { name } else {
                try await AddPerson(parts: parts).username(from: found.offer.email.text, in: realm)
            }
        let (account, problems) = check(input, wanted, found, isNew: present == nil, in: realm)
        guard let account, problems.isEmpty else { return .refused(.invalid(problems)) }
        let breached = await parts.breachedPasswords.problems(of: input.password, in: realm)
        guard breached.isEmpty else { return .refused(.invalid(breached)) }
        let password: StoredPassword
        do { password = try await parts.passwords.hash(input.password, source: source) } catch {
            switch ReproofRefusal(error) {
            case .busy(let delay): return .refused(.busy(retryAfter: delay))
            default: return .refused(.abandoned)
            }
        }
        let result = try await join(account, password, input.language, present, found, in: realm, from: source)
        switch result {
        case .spent: return .refused(.proof(.notGood))
        case .taken: return .refused(.taken)
        case .invalid(let problems): return .refused(.invalid(problems))
        case .joined(let user):
            parts.live.invalidate(.user(user.id, realm.name))
            try await MailProofs(parts: parts).giveBack(found.shown)
            return .joined(user, found.organisation, found.invitation.role)
        }
    }

    /// Everything that is wrong at once, as at sign-up.
    private func check(
        _ input: Input, _ username: String, _ found: ShownInvitation, isNew: Bool, in realm: Realm
    ) -> (SignUp.Checked?, [FieldProblem]) {
        let (consents, missing) = ConsentChoice.check(input.consents, in: realm)
        var problems = missing
        // Whoever takes up an account that was made for them finds in it what its maker wrote.
        let profile: Attributes =
            isNew
            ? ProfileDraft.check(input.attributes, realm.rules.profile, by: .owner, on: .signUp) : .success(.none)
        if case .failure(let found) = profile { problems += found.list }
        let asked = SignUp.Input(username: username, email: found.offer.email.text, password: input.password)
        switch NewAccount.check(asked, policy: realm.rules.passwordPolicy) {
        case .failure(let found): return (nil, found.list + problems)
        case .success(let account):
            let checked = SignUp.Checked(
                account: account, consents: consents, profile: (try? profile.get()) ?? .none)
            return (checked, problems)
        }
    }

    private typealias Attributes = Swift.Result<ProfileDraft.Checked, ProfileEdit.Problems>

    private func join(
        _ checked: SignUp.Checked, _ password: StoredPassword, _ language: Language?, _ present: FoundUser?,
        _ found: ShownInvitation, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Result {
        let parts = parts
        let shown = found.shown
        let creation = AccountCreation(
            NewUser(
                id: shown.token.subject, realm: realm.name, username: checked.account.username,
                email: checked.account.email, isEmailVerified: true, language: language ?? found.offer.language),
            password: password, key: found.key, parts.recorder)
        let confirmedBy = shown.confirmedBy
        let actor = present?.user.id ?? creation.user.id
        let part =
            present.map { parts.recorder.part($0.key, user: $0.user.person, source: source) }
            ?? creation.part(source: source)
        let created = creation.drafts(confirmedBy: confirmedBy, source: source, actor: actor)
        let linked = present.map {
            parts.draft(.linkUser, $0.user.person, $0.key, confirmedBy: confirmedBy, from: source)
        }
        let agreed = ConsentDraft(
            giving: checked.consents.documents, by: actor, in: realm.name, confirmedBy: confirmedBy, source: source,
            part: part, parts.recorder, parts.capabilities)
        let profile = ProfileDraft(
            checked.profile, for: creation, in: realm, giver: .owner, confirmedBy: confirmedBy, source: source,
            actor: actor, parts.recorder, parts.capabilities)
        let accepted = parts.recorder.draft(
            .acceptInvitation, realm: realm.name, actor: actor, confirmedBy: confirmedBy, source: source,
            details: found.details, personal: [part])
        do throws(StoreFault) {
            return try await parts.store.transactionWithProfile { (tx) throws(StoreFault) -> Result in
                try tx.lockAccess(realm: realm.name)
                if let problems = try profile?.problems(tx), !problems.isEmpty { return .invalid(problems) }
                if let present { _ = try tx.lock(present.user.id, realm: realm.name) }
                if present == nil,
                    try tx.user(usernameKey: creation.user.username.key, realm: realm.name) != nil
                {
                    return .taken
                }
                guard let groups = try found.take(for: present?.user.id, tx) else { return .spent }
                let user: User
                if let present, let linked {
                    guard let same = try tx.user(present.user.id, realm: realm.name), same.isUsable(at: tx.now),
                        found.isTo(same, parts), same.email.isSameMailbox(as: found.offer.email),
                        try tx.hasPassword(same.id) == false
                    else { throw Self.addressTaken }
                    try tx.setPassword(password, of: same.id)
                    try tx.setEmailVerified(same.id, realm: realm.name)
                    try tx.deleteAccountTokens(of: same.id)
                    try tx.forgetKey(ofNobody: shown.token.subject, realm: realm.name)
                    try linked.append(to: tx)
                    user = same
                } else {
                    guard let made = try creation.insert(created, tx) else { throw Self.addressTaken }
                    try profile?.append(to: tx)
                    user = made
                }
                try agreed.append(to: tx)
                try tx.deleteAccountTokens(at: shown.token.address, for: .confirmSignUp, realm: realm.name)
                try found.join(user.id, groups, tx)
                try accepted.append(to: tx)
                try tx.announce(.user(user.id, realm.name))
                return .joined(user)
            }
        } catch {
            if error == Self.addressTaken { return .taken }
            throw error
        }
    }

    /// What the body throws so that the letter stays good; no fault of the database.
    private static let addressTaken = StoreFault.constraint("an address or a username was taken by somebody else")
}
