internal import Domain
internal import Standards
internal import Storage

/// A user as a flow finds them before its transaction, with what is needed to prove who they are and to write to them.
struct FoundUser: Sendable {
    let user: User
    let password: StoredPassword?
    let key: SubjectKey?
    let now: Timestamp

    /// Whether letters may bring them back: an account that its owner laid down can be taken up again, one that was
    /// disabled or banned is not the owner's to open.
    var mayRecover: Bool { user.mayRecover(at: now) }
}

extension FlowParts {
    func find(_ id: ID<User>, in realm: RealmName) async throws(StoreFault) -> FoundUser? {
        try await find(in: realm) { (reader) throws(StoreFault) in try reader.user(id, realm: realm) }
    }

    func find(_ reference: UserReference, in realm: RealmName) async throws(StoreFault) -> FoundUser? {
        try await find(in: realm) { (reader) throws(StoreFault) in try reference.find(in: realm, reader) }
    }

    func find(_ name: LoginName, in realm: RealmName) async throws(StoreFault) -> FoundUser? {
        try await find(in: realm) { (reader) throws(StoreFault) in try name.find(in: realm, reader) }
    }

    /// The same questions whatever the answers.
    private func find(
        in realm: RealmName, _ find: @escaping @Sendable (any StoreReader) throws(StoreFault) -> User?
    ) async throws(StoreFault) -> FoundUser? {
        let found = try await store.read(in: .realm(realm)) { (reader) throws(StoreFault) -> Row in
            let user = try find(reader)
            return Row(
                user: user, password: try reader.password(of: user?.id ?? .nobody),
                wrapped: try reader.subjectKey(of: user?.id ?? .nobody, realm: realm), now: reader.now)
        }
        return found.user.map { user in
            FoundUser(
                user: user, password: found.password,
                key: recorder.subjectKeys.open(found.wrapped, for: user.id, realm: realm), now: found.now)
        }
    }

    private struct Row: Sendable {
        let user: User?
        let password: StoredPassword?
        let wrapped: [UInt8]?
        let now: Timestamp
    }

    /// What a person does, or has done, to their own account.
    func draft(
        _ deed: Deed, _ user: Person, _ key: SubjectKey?, confirmedBy: String, from source: Source,
        details: [(String, JSON)] = []
    ) -> EventDraft {
        recorder.draft(
            deed, realm: user.realm, actor: user.id, confirmedBy: confirmedBy, source: source, details: details,
            personal: [recorder.part(key, user: user, source: source)])
    }

    /// What somebody does to another one's account.
    func draft(
        _ deed: Deed, _ found: FoundUser, by actor: Actor, details: [(String, JSON)] = []
    ) async throws(StoreFault) -> EventDraft {
        let own = try await store.read { (reader) throws(StoreFault) in
            try actor.subjectKey(besides: found.user.id, reader)
        }
        return recorder.draft(
            deed, realm: found.user.realm, actor: actor.person?.id, confirmedBy: actor.confirmedBy,
            source: actor.source, details: details + [("target", .string(found.user.id.text))] + actor.credential,
            personal: actor.parts(found.user.person, found.key, own, recorder))
    }
}

extension User {
    /// See ``FoundUser/mayRecover``.
    func mayRecover(at now: Timestamp) -> Bool { isActive && bannedUntil.map { $0 <= now } ?? true }
}

extension StoreReader {
    func hasPassword(_ user: ID<User>) throws(StoreFault) -> Bool { try password(of: user) != nil }
}
