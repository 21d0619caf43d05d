internal import Domain
internal import Standards
internal import Storage

/// An account about to exist, with everything that is made outside the transaction: its id, its subject key, its hash.
struct AccountCreation: Sendable {
    let user: NewUser
    private let password: StoredPassword
    private let key: SubjectKey
    private let wrappedKey: WrappedKey
    private let recorder: Recorder

    init(
        _ account: NewAccount.Checked, password: StoredPassword, realm: RealmName, _ recorder: Recorder,
        _ capabilities: Capabilities
    ) {
        user = NewUser(
            id: capabilities.id(User.self), realm: realm, username: account.username, email: account.email)
        self.password = password
        (key, wrappedKey) = recorder.subjectKeys.make(for: user.id, realm: realm)
        self.recorder = recorder
    }

    /// The user with the default role, where it exists, and the event; `nil`, and nothing written, when the username or
    /// the address is taken.
    func insert(_ drafts: Drafts, _ tx: any StoreTransaction) throws(StoreFault) -> User? {
        switch try tx.insert(user) {
        case .taken: return nil
        case .inserted(let inserted):
            try tx.setPassword(password, of: inserted.id)
            _ = try tx.claimSubjectKey(wrappedKey, subject: inserted.id, realm: user.realm)
            let role = try tx.role(named: Role.standardName, realm: user.realm)
            if let role { _ = try tx.grant(role: role.id, to: inserted.id) }
            try (role == nil ? drafts.plain : drafts.withRole).append(to: tx)
            return inserted
        }
    }

    /// The event of the creation, with and without the default role: the transaction knows whether there is one.
    ///
    /// `actor` is the person himself at sign-up, nobody of ours from the command line.
    func drafts(confirmedBy: String, source: Source, actor: ID<User>?) -> Drafts {
        func draft(_ details: [(String, JSON)]) -> EventDraft {
            recorder.draft(
                .createUser, realm: user.realm, actor: actor, confirmedBy: confirmedBy, source: source,
                details: details, personal: [part(source: source)])
        }
        return Drafts(withRole: draft([("role", .string(Role.standardName))]), plain: draft([]))
    }

    struct Drafts: Sendable {
        fileprivate let withRole: EventDraft
        fileprivate let plain: EventDraft
    }

    func part(source: Source) -> Recorder.PersonalPart {
        let origin = source.address.isEmpty ? [] : Recorder.origin(of: source)
        return Recorder.PersonalPart(
            key: key,
            details: [("username", .string(user.username.text)), ("email", .string(user.email.text))] + origin)
    }
}
