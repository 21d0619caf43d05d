public import Domain
public import Standards
public import Storage

/// An administrator makes an account without any password: for a directory, or to invite somebody.
public struct AddPerson: Sendable {
    let parts: FlowParts

    public struct Input: Sendable {
        /// `nil` for one that is made from the address.
        public let username: String?
        public let email: String
        public let language: Language?
        /// Whether the person is written to at once.
        public let isInvited: Bool
        /// An object, see ``ProfileRules``.
        public let attributes: JSON?

        public init(
            username: String?, email: String, language: Language?, isInvited: Bool, attributes: JSON? = nil
        ) {
            self.username = username
            self.email = email
            self.language = language
            self.isInvited = isInvited
            self.attributes = attributes
        }
    }

    public enum Outcome: Sendable { case added(User, Grants), refused(Refusal) }
    public enum Refusal: Sendable {
        case invalid([FieldProblem])
        case taken
        /// Somebody else has a value that only one person can have; whose it is is not told.
        case attributeTaken([FieldProblem])
        case notRepeated(RepeatRefusal)
    }

    private enum Result: Sendable {
        case added(User, Grants), taken, attributeTaken([FieldProblem])
        case before(OnceOnly.Finding)
    }

    /// The part before the `@`, with a number behind it where somebody is called that.
    func username(from email: String, in realm: Realm) async throws(StoreFault) -> String {
        let name = String(Substring(email.utf8.prefix { $0 != UInt8(ascii: "@") }))
        let candidates = [name] + (2...9).map { "\(name)-\($0)" }
        let free = try await parts.store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) -> String? in
            for candidate in candidates {
                guard case .success(let username) = Username.parse(candidate) else { return nil }
                if try reader.user(usernameKey: username.key, realm: realm.name) == nil { return candidate }
            }
            return nil
        }
        let number = parts.capabilities.random(4).reduce(0) { $0 << 8 | UInt32($1) }
        return free ?? "\(name)-\(number)"
    }

    /// - Parameter request: of a client that may send it again.
    public func callAsFunction(
        _ input: Input, in realm: Realm, by actor: Actor, once request: RepeatableRequest? = nil
    ) async throws(StoreFault) -> Outcome {
        let once = OnceOnly(request, in: realm.name, parts.dataKeys, parts.capabilities)
        if let found = try await once?.look(in: parts.store), let known = try await repeated(found, in: realm.name) {
            return known
        }
        var problems: [FieldProblem] = []
        let wanted =
            if let name = input.username { name } else { try await self.username(from: input.email, in: realm) }
        let username = Username.parse(wanted)
        if case .failure(let problem) = username { problems.append(problem.field("username")) }
        let email = EmailAddress.parse(input.email)
        if case .failure(let problem) = email { problems.append(problem.field("email")) }
        let attributes = ProfileDraft.check(input.attributes, realm.rules.profile, by: .admin, on: .creation)
        if case .failure(let found) = attributes { problems += found.list }
        guard case .success(let name) = username, case .success(let address) = email,
            case .success(let checked) = attributes
        else { return .refused(.invalid(problems)) }
        let creation = AccountCreation(
            NewUser(
                id: parts.capabilities.id(User.self), realm: realm.name, username: name, email: address,
                language: input.language), password: nil, parts.recorder)
        let person = creation.person(at: parts.capabilities.now())
        let found = FoundUser(
            user: person, password: nil, key: creation.key, now: parts.capabilities.now())
        let own = try await parts.store.read { (reader) throws(StoreFault) in
            try actor.subjectKey(besides: person.id, reader)
        }
        let created = creation.drafts(
            confirmedBy: actor.confirmedBy, source: actor.source, actor: actor.person?.id,
            further: [("target", .string(person.id.text))] + actor.credential,
            personal: actor.parts(person.person, creation.key, own, parts.recorder))
        let invitation = input.isInvited ? Invitation(found, in: realm, parts) : nil
        let profile = ProfileDraft(
            checked, for: creation, in: realm, giver: .actor(actor), confirmedBy: actor.confirmedBy,
            source: actor.source,
            actor: actor.person?.id, parts.recorder, parts.capabilities)
        let result = try await parts.store.transactionWithProfile { (tx) throws(StoreFault) -> Result in
            if let finding = try once?.take(person.id.bytes, tx), !finding.isNew { return .before(finding) }
            if let problems = try profile?.problems(tx), !problems.isEmpty {
                try once?.forget(tx)
                return .attributeTaken(problems)
            }
            guard let user = try creation.insert(created, tx) else {
                try once?.forget(tx)
                return .taken
            }
            try profile?.append(to: tx)
            try invitation?.append(to: tx)
            return .added(user, try tx.grants(of: user.id, realm: realm.name))
        }
        switch result {
        case .added(let user, let grants): return .added(user, grants)
        case .taken: return .refused(.taken)
        case .attributeTaken(let problems): return .refused(.attributeTaken(problems))
        case .before(let finding):
            guard let known = try await repeated(finding, in: realm.name) else {
                throw .unexpected("a request was and was not made before")
            }
            return known
        }
    }

    /// Whom the same request made before, as they are now; `nil` where there was none.
    private func repeated(
        _ finding: OnceOnly.Finding, in realm: RealmName
    ) async throws(StoreFault) -> Outcome? {
        switch finding {
        case .new: return nil
        case .reused: return .refused(.notRepeated(.keyReused))
        case .known(let answer):
            let id = ID<User>(bytes: answer[...])
            return try await parts.store.read { (reader) throws(StoreFault) -> Outcome in
                guard let id, let user = try reader.user(id, realm: realm) else { return .refused(.notRepeated(.gone)) }
                return .added(user, try reader.grants(of: user.id, realm: realm))
            }
        }
    }
}
