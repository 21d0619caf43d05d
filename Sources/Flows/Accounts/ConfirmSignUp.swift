internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Makes the account that a sign-up asked for, once its address is proven, and signs its owner in.
///
/// Where somebody else made an account for that address, which has no password yet, the person takes that one up: it
/// keeps its id, its number and its username.
public struct ConfirmSignUp: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case confirmed(SignedIn), refused(Refusal) }
    public enum Refusal: Sendable {
        /// In this realm accounts are made by operators only.
        case closed
        case proof(ProofRefusal)
        /// A link is good only with the password that was chosen at sign-up: else somebody could have an account confirmed
        /// on another one's address that has a password of his own.
        case wrongPassword
        /// Somebody took the username or the address meanwhile.
        case taken
        case busy(retryAfter: Duration)
        case abandoned
    }

    private enum Result: Sendable { case begun(User, Grants, Session), spent, taken }

    /// - Parameter password: the one chosen at sign-up; needed beside a link, not beside ticket and code.
    public func callAsFunction(
        _ proof: MailProof, password: Secret?, in realm: Realm, from source: Source, as transport: Transport = .token
    ) async throws(StoreFault) -> Outcome {
        guard realm.rules.hasSignUp else { return .refused(.closed) }
        let proofs = MailProofs(parts: parts)
        let shown: MailProofs.Shown
        switch try await proofs.find(proof, for: [.confirmSignUp], in: realm, from: source) {
        case .found(let found): shown = found
        case .refused(let refusal): return .refused(.proof(refusal))
        }
        let subject = shown.token.subject
        let wrapped = try await parts.store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) in
            try reader.subjectKey(of: subject, realm: realm.name)
        }
        let key = parts.recorder.subjectKeys.open(wrapped, for: subject, realm: realm.name)
        guard let key, let pending = proofs.open(shown.token, under: key).flatMap(PendingSignUp.init) else {
            return .refused(.proof(.notGood))
        }
        if case .link = proof {
            if let refusal = try await refusal(of: password, for: pending, shown.token, in: realm, from: source) {
                return .refused(refusal)
            }
        }
        let present = try await parts.find(LoginName(pending.email.text), in: realm.name)
        if let present, !PendingSignUp.links(to: present) { return .refused(.taken) }
        let result = try await begin(pending, key, present, shown, in: realm, from: source)
        switch result {
        case .spent: return .refused(.proof(.notGood))
        case .taken: return .refused(.taken)
        case .begun(let user, let grants, let session):
            try await proofs.giveBack(shown)
            let principal = Principal(user.person, session, grants: grants)
            guard var tokens = parts.start.tokens(principal, counter: .first, in: realm, as: transport) else {
                throw .unexpected("realm \(realm.name) has no signing key")
            }
            tokens.deviceMark = parts.throttles.mark(for: user.id, since: session.createdAt, in: realm, after: nil)
            return .confirmed(tokens)
        }
    }

    /// Each try counts before the password is looked at, so that a thousand at once are no more than a few.
    private func refusal(
        of password: Secret?, for pending: PendingSignUp, _ token: AccountToken, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Refusal? {
        guard let password else { return .wrongPassword }
        let counted = try await parts.store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) in
            try tx.countTry(atToken: token.id, realm: realm.name, most: LetterPurpose.mostTries, isCode: false)
        }
        guard counted != nil else { return .proof(.notGood) }
        let longest = realm.rules.passwordPolicy.maximumBytes
        guard password.count <= longest else { return .wrongPassword }
        do {
            let fits = try await parts.passwords.verify(
                password, against: pending.password, identifier: pending.email.key, realm: realm.name, source: source)
            return fits ? nil : .wrongPassword
        } catch {
            switch ReproofRefusal(error) {
            case .busy(let delay): return .busy(retryAfter: delay)
            default: return .abandoned
            }
        }
    }

    private func begin(
        _ pending: PendingSignUp, _ key: SubjectKey, _ present: FoundUser?, _ shown: MailProofs.Shown, in realm: Realm,
        from source: Source
    ) async throws(StoreFault) -> Result {
        let parts = parts
        let creation = AccountCreation(
            NewUser(
                id: shown.token.subject, realm: realm.name, username: pending.username, email: pending.email,
                isEmailVerified: true, language: pending.language),
            password: pending.password, key: key, parts.recorder)
        let created = creation.drafts(confirmedBy: shown.confirmedBy, source: source, actor: creation.user.id)
        let linked = present.map {
            parts.draft(.linkUser, $0.user.person, $0.key, confirmedBy: shown.confirmedBy, from: source)
        }
        let agreed = ConsentDraft(
            giving: pending.consents.documents,
            by: present?.user.id ?? creation.user.id, in: realm.name, confirmedBy: "self_registration", source: source,
            part: present.map { parts.recorder.part($0.key, user: $0.user.person, source: source) }
                ?? creation.part(source: source), parts.recorder, parts.capabilities)
        // Where the rules have changed since, the person is asked again, by a profile that is incomplete. Whoever takes up
        // an account that was made for him finds in it what its maker wrote.
        let given = ProfileDraft.check(pending.attributes, realm.rules.profile, by: .owner, on: .signUp)
        let profile = ProfileDraft(
            present == nil ? (try? given.get()) ?? .none : .none, for: creation, in: realm, giver: .owner,
            confirmedBy: shown.confirmedBy, source: source, actor: creation.user.id, parts.recorder, parts.capabilities)
        let session = parts.capabilities.id(Session.self)
        let signedIn = parts.recorder.draft(
            .login, realm: realm.name, actor: present?.user.id ?? creation.user.id, confirmedBy: shown.confirmedBy,
            source: source, details: [("session", .string(session.text))],
            personal: [
                present.map { parts.recorder.part($0.key, user: $0.user.person, source: source) }
                    ?? creation.part(source: source)
            ])
        return try await parts.store.transactionWithProfile { (tx) throws(StoreFault) -> Result in
            if let problems = try profile?.problems(tx), !problems.isEmpty { return .taken }
            if let present { _ = try tx.lock(present.user.id, realm: realm.name) }
            guard try tx.consume(shown.token) != nil else { return .spent }
            let user: User
            if let present, let linked {
                guard let same = try tx.user(present.user.id, realm: realm.name), same.isUsable(at: tx.now),
                    same.email.isSameMailbox(as: pending.email), try tx.hasPassword(same.id) == false
                else { return .taken }
                try tx.setPassword(pending.password, of: same.id)
                try tx.setEmailVerified(same.id, realm: realm.name)
                try tx.deleteAccountTokens(of: same.id)
                try tx.forgetKey(ofNobody: shown.token.subject, realm: realm.name)
                try linked.append(to: tx)
                user = same
            } else {
                guard let made = try creation.insert(created, tx) else { return .taken }
                try profile?.append(to: tx)
                user = made
            }
            try agreed.append(to: tx)
            try tx.deleteAccountTokens(at: shown.token.address, for: .confirmSignUp, realm: realm.name)
            let begun = try parts.start.begin(session, user: user.id, in: realm, amr: ["pwd"], source: source, tx)
            try tx.noteSignIn(of: user.id)
            try signedIn.append(to: tx)
            return .begun(user, try tx.grants(of: user.id, realm: realm.name), begun)
        }
    }
}
