internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Signs a person in by username or e-mail and password.
public struct SignIn: Sendable {
    let store: any Store
    let passwords: Passwords
    let recorder: Recorder
    let start: SessionStart
    let capabilities: Capabilities
    let nobody: [RealmName: SubjectKey]
    let refusals: FoldedRefusals

    public enum Outcome: Sendable { case signedIn(SignedIn), refused(Refusal) }
    public enum Refusal: Sendable {
        /// Unknown, wrong and disabled look alike, and cost alike.
        case invalidCredentials
        case busy(retryAfter: Duration)
        /// The client left, or waited too long, before the password was checked.
        case abandoned
    }

    /// What is known of a name before its password is checked.
    private struct Found: Sendable {
        let user: User
        let password: StoredPassword?
        let wrappedKey: [UInt8]?
    }

    public func callAsFunction(
        identifier: String, password: Secret, in realm: RealmSettings, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let name = LoginName(identifier)
        let found = try await store.read { (reader) throws(StoreFault) -> Found? in
            // The same questions whatever the answers: a round trip fewer would tell an unknown name by the time.
            let user = try name.find(in: realm.name, reader)
            let password = try reader.password(of: user?.id ?? .nobody)
            let wrappedKey = try reader.subjectKey(of: user?.id ?? .nobody, realm: realm.name)
            return user.map { Found(user: $0, password: password, wrappedKey: wrappedKey) }
        }
        let fits: Bool
        do {
            // A password longer than any that could be set is not hashed as it is: its first bytes cost the same.
            // They may even be the right password, in another normal form; what follows makes it a wrong one.
            let longest = realm.passwordPolicy.maximumBytes
            let bounded = Secret(Array(password.exposed.prefix(longest + 1)))
            let matches = try await passwords.verify(
                bounded, against: found?.password, identifier: name.key, realm: realm.name, source: source)
            fits = matches && password.count <= longest
        } catch {
            refusals.note(reason: "not_verified", realm: realm.name, source: source, route: "login")
            return .refused(Refusal(error))
        }
        if let found, let stored = found.password, fits, found.user.isActive {
            let outcome = try await begin(found, stored, password, in: realm, from: source)
            if let outcome { return .signedIn(outcome) }
        }
        try await recordFailure(found, name: name, realm: realm.name, from: source)
        return .refused(.invalidCredentials)
    }

    /// `nil` when the account changed while its password was being checked.
    private func begin(
        _ found: Found, _ stored: StoredPassword, _ password: Secret, in realm: RealmSettings, from source: Source
    ) async throws(StoreFault) -> SignedIn? {
        let raised = passwords.needsRehash(stored) ? try? await passwords.hash(password, source: source) : nil
        let key = recorder.subjectKeys.open(found.wrappedKey, for: found.user.id, realm: realm.name)
        let session = capabilities.id(Session.self)
        let draft = recorder.draft(
            .login, realm: realm.name, actor: found.user.id, confirmedBy: "password", source: source,
            details: [("session", .string(session.text))],
            personal: [recorder.part(key, user: found.user.person, source: source)])
        let result = try await store.transaction { (tx) throws(StoreFault) -> (User, Grants, Session)? in
            guard let user = try tx.user(found.user.id, realm: realm.name), user.isActive,
                try tx.password(of: user.id)?.hash.exposed == stored.hash.exposed
            else { return nil }
            if let raised { _ = try tx.replacePassword(stored, by: raised, of: user.id) }
            let begun = try start.begin(session, user: user.id, in: realm, amr: ["pwd"], source: source, tx)
            try draft.append(to: tx)
            return (user, try tx.grants(of: user.id, realm: realm.name), begun)
        }
        guard let (user, grants, begun) = result else { return nil }
        let principal = Principal(user.person, begun, grants: grants)
        guard let tokens = start.tokens(principal, counter: .first, in: realm) else {
            throw .unexpected("realm \(realm.name) has no signing key")
        }
        return tokens
    }

    private func recordFailure(
        _ found: Found?, name: LoginName, realm: RealmName, from source: Source
    ) async throws(StoreFault) {
        let draft: EventDraft
        if let found {
            let key = recorder.subjectKeys.open(found.wrappedKey, for: found.user.id, realm: realm)
            draft = recorder.draft(
                .loginFailed, realm: realm, status: false, actor: found.user.id, confirmedBy: "password",
                source: source, details: [("reason", .string(found.user.isActive ? "wrong_password" : "disabled"))],
                personal: [recorder.part(key, user: found.user.person, source: source)])
        } else {
            draft = recorder.draft(
                .loginFailed, realm: realm, status: false, confirmedBy: "password", source: source,
                details: [("reason", .string("unknown_identifier"))]
                    + recorder.anonymous(identifier: name.key, realm: realm),
                personal: [Recorder.PersonalPart(key: nobody[realm], details: Recorder.origin(of: source))])
        }
        try await store.transaction { (tx) throws(StoreFault) in try draft.append(to: tx) }
    }
}

extension SignIn.Refusal {
    init(_ fault: Passwords.Fault) {
        switch fault {
        case .queue(.full(let retryAfter)): self = .busy(retryAfter: retryAfter)
        case .queue(.cancelled): self = .abandoned
        case .queue(.tooLate), .hashing: self = .busy(retryAfter: .seconds(1))
        }
    }
}

/// What somebody typed to say who he is: a username, or an e-mail address where it holds an `@`.
struct LoginName: Sendable {
    private let kind: Kind
    /// The compared form; for something that can be neither, its folded text.
    let key: String

    private enum Kind { case username, email, neither }

    init(_ text: String) {
        if text.utf8.contains(UInt8(ascii: "@")) {
            if case .success(let email) = EmailAddress.parse(text) {
                (kind, key) = (.email, email.key)
                return
            }
        } else if case .success(let username) = Username.parse(text) {
            (kind, key) = (.username, username.key)
            return
        }
        kind = .neither
        key = PasswordText.foldForComparison(Secret(utf8: text))
    }

    /// Asks the database once in every case, so that what can be neither takes as long as what is unknown.
    func find(in realm: RealmName, _ reader: any StoreReader) throws(StoreFault) -> User? {
        switch kind {
        case .username: try reader.user(usernameKey: key, realm: realm)
        case .email: try reader.user(emailKey: key, realm: realm)
        case .neither: try reader.user(usernameKey: "@", realm: realm)
        }
    }
}
