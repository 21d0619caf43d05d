internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Signs a person in by username or e-mail and password.
public struct SignIn: Sendable {
    let store: any Store
    let passwords: Passwords
    let upgrades: PasswordUpgrades
    let recorder: Recorder
    let start: SessionStart
    let capabilities: Capabilities
    let live: LiveSessions
    let refusals: FoldedRefusals
    let throttles: Throttles

    public enum Outcome: Sendable { case signedIn(SignedIn), refused(Refusal) }
    public enum Refusal: Sendable {
        /// Nobody signs in by a password in this realm.
        case methodNotAllowed
        /// Unknown, wrong and disabled look alike, and cost alike.
        case invalidCredentials
        /// The password is right, and its owner laid the account down; it is deleted then, where that was asked for too.
        case deactivated(deletedAt: Timestamp?)
        /// The password is right, and the account is banned.
        case banned(until: Timestamp)
        /// Tried too often, by whomever; the same for names that nobody has.
        case throttled(retryAfter: Duration)
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

    /// - Parameter device: what the client shows of having signed in before, as ``SignedIn/deviceMark``.
    public func callAsFunction(
        identifier: String, password: Secret, in realm: Realm, from source: Source, as transport: Transport = .token,
        device: String? = nil
    ) async throws(StoreFault) -> Outcome {
        guard realm.rules.signInMethods.contains(.password) else { return .refused(.methodNotAllowed) }
        let name = LoginName(identifier)
        let found = try await store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) -> Found? in
            // The same questions whatever the answers: a round trip fewer would tell an unknown name by the time.
            let user = try name.find(in: realm.name, reader)
            let password = try reader.password(of: user?.id ?? .nobody)
            let wrappedKey = try reader.subjectKey(of: user?.id ?? .nobody, realm: realm.name)
            return user.map { Found(user: $0, password: password, wrappedKey: wrappedKey) }
        }
        let ticket: Throttles.Ticket
        switch try await throttles.take(
            .signIn, identifier: name.key, in: realm, from: source, device: device, account: found?.user.id,
            since: found?.password?.changedAt)
        {
        case .go(let taken): ticket = taken
        case .wait(let delay):
            refusals.note(reason: "throttled", realm: realm, source: source, route: "login")
            return .refused(.throttled(retryAfter: delay))
        }
        let fits: Bool
        do {
            // A password longer than any that could be set is not hashed as it is: its first bytes cost the same.
            // They may even be the right password, in another normal form; what follows makes it a wrong one.
            let longest = realm.rules.passwordPolicy.maximumBytes
            let bounded = Secret(Array(password.exposed.prefix(longest + 1)))
            let matches = try await passwords.verify(
                bounded, against: found?.password, identifier: name.key, realm: realm.name, source: source)
            fits = matches && password.count <= longest
        } catch {
            try await throttles.cancel(ticket)
            refusals.note(reason: "not_verified", realm: realm, source: source, route: "login")
            return .refused(Refusal(error))
        }
        if let found, let stored = found.password, fits, found.user.isUsable(at: capabilities.now()) {
            let outcome = try await begin(found, stored, password, ticket, in: realm, from: source, as: transport)
            if var outcome, let changedAt = stored.changedAt {
                outcome.deviceMark = throttles.mark(for: found.user.id, since: changedAt, in: realm, after: device)
                return .signedIn(outcome)
            }
        }
        try await recordFailure(found, name: name, in: realm, from: source)
        if fits, let user = found?.user, let refusal = try await refusal(to: user) { return .refused(refusal) }
        return .refused(.invalidCredentials)
    }

    /// What only the owner is told, who has the right password. That somebody was disabled is told to nobody.
    private func refusal(to user: User) async throws(StoreFault) -> Refusal? {
        guard user.isActive else { return nil }
        if let until = user.bannedUntil, until > capabilities.now() { return .banned(until: until) }
        guard user.deactivatedAt != nil else { return nil }
        let ending = try await store.read(in: .realm(user.realm)) { (reader) throws(StoreFault) in
            try reader.plannedEnding(of: user.id, realm: user.realm)
        }
        return .deactivated(deletedAt: ending?.dueAt)
    }

    /// `nil` when the account changed while its password was being checked.
    private func begin(
        _ found: Found, _ stored: StoredPassword, _ password: Secret, _ ticket: Throttles.Ticket, in realm: Realm,
        from source: Source, as transport: Transport, isFirst: Bool = true
    ) async throws(StoreFault) -> SignedIn? {
        let key = recorder.subjectKeys.open(found.wrappedKey, for: found.user.id, realm: realm.name)
        let session = capabilities.id(Session.self)
        let draft = recorder.draft(
            .login, realm: realm.name, actor: found.user.id, confirmedBy: "password", source: source,
            details: [("session", .string(session.text))],
            personal: [recorder.part(key, user: found.user.person, source: source)])
        let limit = SessionLimit(found.user.person, key, in: realm, from: source, recorder)
        let result = try await store.transaction(in: .realm(realm.name)) {
            (tx) throws(StoreFault) -> (User, Grants, Session, [Change])? in
            // First, because it locks the row: on PostgreSQL a session could begin under the former password while that
            // is changed, unseen by the change, which ends all others.
            try tx.noteSignIn(of: found.user.id)
            guard let user = try tx.user(found.user.id, realm: realm.name), user.isUsable(at: tx.now),
                try tx.password(of: user.id)?.hash.exposed == stored.hash.exposed
            else { return nil }
            let ended = try limit?.makeRoom(tx) ?? []
            let begun = try start.begin(session, user: user.id, in: realm, amr: ["pwd"], source: source, tx)
            try draft.append(to: tx)
            try throttles.giveBack(ticket, tx)
            return (user, try tx.grants(of: user.id, realm: realm.name), begun, ended)
        }
        guard let (user, grants, begun, ended) = result else {
            guard isFirst, let present = try await rehashed(stored, of: found.user, password, source) else {
                return nil
            }
            return try await begin(
                found, present, password, ticket, in: realm, from: source, as: transport, isFirst: false)
        }
        live.invalidate(ended)
        upgrades.offer(password, fitting: stored, of: user.id, from: source)
        let principal = Principal(user.person, begun, grants: grants)
        guard let tokens = start.tokens(principal, counter: .first, in: realm, as: transport) else {
            throw .unexpected("realm \(realm.name) has no signing key")
        }
        return tokens
    }

    private static func reason(_ user: User, at now: Timestamp) -> String {
        if !user.isActive { return "disabled" }
        if user.isUsable(at: now) { return "wrong_password" }
        return user.deactivatedAt == nil ? "banned" : "deactivated"
    }

    /// The hash in the place of one that fitted, where it fits too: made anew after another sign-in of this moment.
    private func rehashed(
        _ stored: StoredPassword, of user: User, _ password: Secret, _ source: Source
    ) async throws(StoreFault) -> StoredPassword? {
        let present = try await store.read(in: .realm(user.realm)) { (reader) throws(StoreFault) in
            try reader.password(of: user.id)
        }
        guard let present, present.hash.exposed != stored.hash.exposed else { return nil }
        let fits = try? await passwords.verify(
            password, against: present, identifier: user.username.key, realm: user.realm, source: source)
        return fits == true ? present : nil
    }

    private func recordFailure(
        _ found: Found?, name: LoginName, in known: Realm, from source: Source
    ) async throws(StoreFault) {
        let realm = known.name
        let draft: EventDraft
        if let found {
            let key = recorder.subjectKeys.open(found.wrappedKey, for: found.user.id, realm: realm)
            draft = recorder.draft(
                .loginFailed, realm: realm, status: false, actor: found.user.id, confirmedBy: "password",
                source: source,
                details: [
                    ("reason", .string(Self.reason(found.user, at: capabilities.now())))
                ],
                personal: [recorder.part(key, user: found.user.person, source: source)])
        } else {
            draft = recorder.draft(
                .loginFailed, realm: realm, status: false, confirmedBy: "password", source: source,
                details: [("reason", .string("unknown_identifier"))]
                    + recorder.anonymous(identifier: name.key, realm: realm),
                personal: [
                    Recorder.PersonalPart(key: known.nobody.withLock { $0 }, details: Recorder.origin(of: source))
                ])
        }
        try await store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in try draft.append(to: tx) }
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
