internal import Domain
internal import Standards
internal import Storage

/// An account about to exist, with everything that is made outside the transaction: its id, its subject key, its hash.
struct AccountCreation: Sendable {
    let user: NewUser
    /// `nil` for somebody who has yet to choose one.
    private let password: StoredPassword?
    let key: SubjectKey
    /// `nil` where the key is stored already.
    private let wrappedKey: WrappedKey?
    private let recorder: Recorder

    /// Somebody who begins at once.
    init(
        _ account: NewAccount.Checked, password: StoredPassword, language: Language? = nil, realm: RealmName,
        _ recorder: Recorder, _ capabilities: Capabilities
    ) {
        self.init(
            NewUser(
                id: capabilities.id(User.self), realm: realm, username: account.username, email: account.email,
                language: language), password: password, recorder)
    }

    /// - Parameter key: where it is stored already.
    init(_ user: NewUser, password: StoredPassword?, key: SubjectKey? = nil, _ recorder: Recorder) {
        self.user = user
        self.password = password
        self.recorder = recorder
        if let key {
            (self.key, wrappedKey) = (key, nil)
        } else {
            let made = recorder.subjectKeys.make(for: user.id, realm: user.realm)
            (self.key, wrappedKey) = (made.key, made.wrapped)
        }
    }

    /// The user with the default role, where it exists, and the event; `nil`, and nothing written, when the username or
    /// the address is taken. So is an address that its former owner can have given back.
    func insert(_ drafts: Drafts, _ tx: any StoreTransaction) throws(StoreFault) -> User? {
        let address = recorder.reservation(of: user.email, user.realm)
        if try tx.isReserved(address: address, besides: user.id, realm: user.realm) { return nil }
        switch try tx.insert(user) {
        case .taken: return nil
        case .inserted(let inserted):
            // The one who had the address may have left it between the two statements.
            if try tx.isReserved(address: address, besides: user.id, realm: user.realm) {
                throw .busy("an address changed hands at the same moment")
            }
            if let password { try tx.setPassword(password, of: inserted.id) }
            if let wrappedKey { _ = try tx.claimSubjectKey(wrappedKey, subject: inserted.id, realm: user.realm) }
            let role = try tx.role(named: Role.standardName, realm: user.realm)
            if let role { _ = try tx.grant(role: role.id, to: inserted.id) }
            try (role == nil ? drafts.plain : drafts.withRole).append(to: tx)
            return inserted
        }
    }

    /// The event of the creation, with and without the default role: the transaction knows whether there is one.
    ///
    /// `actor` is the person himself at sign-up, nobody of ours from the command line.
    func drafts(
        confirmedBy: String, source: Source, actor: ID<User>?, further: [(String, JSON)] = [],
        personal: [Recorder.PersonalPart]? = nil
    ) -> Drafts {
        func draft(_ details: [(String, JSON)]) -> EventDraft {
            recorder.draft(
                .createUser, realm: user.realm, actor: actor, confirmedBy: confirmedBy, source: source,
                details: details + further, personal: personal ?? [part(source: source)])
        }
        return Drafts(withRole: draft([("role", .string(Role.standardName))]), plain: draft([]))
    }

    struct Drafts: Sendable {
        fileprivate let withRole: EventDraft
        fileprivate let plain: EventDraft
    }

    /// The user before the database has given the number, for letters and events.
    func person(at now: Timestamp) -> User {
        User(
            id: user.id, number: 0, realm: user.realm, username: user.username, email: user.email, isActive: true,
            language: user.language, appMetadata: user.appMetadata, userMetadata: user.userMetadata, createdAt: now,
            updatedAt: now)
    }

    func part(source: Source) -> Recorder.PersonalPart {
        let origin = source.address.isEmpty ? [] : Recorder.origin(of: source)
        return Recorder.PersonalPart(
            key: key,
            details: [("username", .string(user.username.text)), ("email", .string(user.email.text))] + origin)
    }
}
