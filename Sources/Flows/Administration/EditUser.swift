public import Domain
public import Standards
public import Storage

/// An administrator changes what an account says of its owner: name, address, language, metadata.
///
/// An address that somebody else typed is proven by nobody: it counts as not verified, a letter goes there to prove it,
/// letters sent before are worth nothing, and every session ends. Where the old address was proven, its reader is told and
/// can undo it; one that never was may be a stranger's, who must not get an account by a slip of the pen.
public struct EditUser: Sendable {
    let parts: FlowParts

    /// What is to change; `nil` stays.
    public struct Patch: Sendable {
        public var username: String?
        public var email: String?
        public var language: Language??
        /// Takes the place of the whole object.
        public var appMetadata: JSON?
        public var userMetadata: JSON?

        public init() {}
    }

    public enum Outcome: Sendable {
        case done(User, Grants, changed: Bool)
        case refused(Refusal)
    }

    public enum Refusal: Sendable {
        case noSuchUser
        case invalid([FieldProblem])
        case taken
        /// Nobody gives themselves another address as an administrator; there is another way for that, with a proof.
        case ownAccount
        /// The person ranks higher, or holds administrative rights that the editor does not: their address leads to a new
        /// password.
        case aboveOwnRank
        /// It is another version than the editor looked at; with the names of the fields that differ.
        case changedMeanwhile([String])
    }

    /// In bytes, as JSON.
    public static let longestMetadata = 16_384
    /// Of a value that an event keeps.
    private static let longestKept = 2_048
    /// How often it is tried again because somebody else was faster.
    private static let patience = 4

    private enum Written: Sendable { case done(User, Grants), taken, overtaken, above }

    /// - Parameters:
    ///   - reference: an id, a username or an address.
    ///   - version: of what the editor looked at, where it matters to him that nothing has changed since.
    public func callAsFunction(
        _ patch: Patch, of reference: String, in realm: Realm, ifVersion version: UserVersion? = nil,
        by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        for _ in 0..<Self.patience {
            guard let found = try await parts.find(UserReference(text: reference), in: realm.name) else {
                return .refused(.noSuchUser)
            }
            let present = UserVersion(found.user)
            if let version, version != present {
                return .refused(.changedMeanwhile(version.differences(to: present)))
            }
            let after: User
            switch Self.edited(found.user, by: patch) {
            case .success(let user): after = user
            case .failure(let problems): return .refused(.invalid(problems.list))
            }
            let grants = try await parts.store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) in
                try reader.grants(of: found.user.id, realm: realm.name)
            }
            let fields = present.differences(to: UserVersion(after))
            if fields.isEmpty { return .done(found.user, grants, changed: false) }
            let isOwn = actor.person?.id == found.user.id
            if isOwn, !Self.isSame(found.user.email, after.email) { return .refused(.ownAccount) }
            switch try await write(after, over: found, fields, in: realm, by: actor) {
            case .done(let user, let grants):
                parts.live.invalidate(.user(user.id, realm.name))
                return .done(user, grants, changed: true)
            case .taken: return .refused(.taken)
            case .above: return .refused(.aboveOwnRank)
            // The next look finds out what has changed.
            case .overtaken: continue
            }
        }
        throw .busy("an account is changed by many at once")
    }

    private static func isSame(_ left: EmailAddress, _ right: EmailAddress) -> Bool {
        left.key.utf8.elementsEqual(right.key.utf8)
    }

    private struct Problems: Error { let list: [FieldProblem] }

    private static func edited(_ user: User, by patch: Patch) -> Result<User, Problems> {
        var problems: [FieldProblem] = []
        var (username, email) = (user.username, user.email)
        if let text = patch.username {
            switch Username.parse(text) {
            case .success(let name): username = name
            case .failure(let problem): problems.append(problem.field("username"))
            }
        }
        if let text = patch.email {
            switch EmailAddress.parse(text) {
            case .success(let address): email = address
            case .failure(let problem): problems.append(problem.field("email"))
            }
        }
        func metadata(_ json: JSON?, _ field: String, _ present: String) -> String {
            guard let json else { return present }
            let text = json.text
            if json.members == nil {
                problems.append(FieldProblem(field: field, code: "wrong_type", message: "must be an object"))
            } else if text.utf8.count > longestMetadata {
                problems.append(
                    FieldProblem(
                        field: field, code: "too_long", message: "must have at most \(longestMetadata) bytes as JSON"))
            }
            return text
        }
        let app = metadata(patch.appMetadata, "app_metadata", user.appMetadata)
        let own = metadata(patch.userMetadata, "user_metadata", user.userMetadata)
        guard problems.isEmpty else { return .failure(Problems(list: problems)) }
        return .success(
            User(
                id: user.id, number: user.number, realm: user.realm, username: username, email: email,
                isActive: user.isActive, emailVerifiedAt: isSame(user.email, email) ? user.emailVerifiedAt : nil,
                bannedUntil: user.bannedUntil, deactivatedAt: user.deactivatedAt, lastSignInAt: user.lastSignInAt,
                language: patch.language ?? user.language, appMetadata: app, userMetadata: own,
                createdAt: user.createdAt, updatedAt: user.updatedAt, version: user.version))
    }

    private func write(
        _ after: User, over found: FoundUser, _ fields: [String], in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Written {
        let before = found.user
        let event = try await draft(after, over: found, fields, by: actor)
        let isMoved = !Self.isSame(before.email, after.email)
        let letters = isMoved ? AddressLetters(from: found, to: after, in: realm, parts) : nil
        let reserved = parts.recorder.reservation(of: after.email, realm.name)
        return try await parts.store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) -> Written in
            guard try tx.lock(before.id, realm: realm.name) else { return .overtaken }
            guard try actor.reaches(before.id, in: realm.name, tx) else { return .above }
            if actor.person?.id != before.id,
                case .holding(let own) = try actor.authority(in: realm.name, tx, for: isMoved ? .good : .moment)
            {
                // Where its letters go, there the account belongs.

                let theirs = try tx.grants(of: before.id, realm: realm.name)
                if AdminRight.allCases.contains(where: { theirs.has($0) && !own.has($0) }) { return .above }
            }
            if isMoved, try tx.isReserved(address: reserved, besides: before.id, realm: realm.name) { return .taken }
            switch try tx.update(after, ifVersion: before.version) {
            case .updated: break
            case .overtaken: return .overtaken
            case .taken: return .taken
            }
            if let letters {
                try tx.deleteAccountTokens(of: before.id)
                _ = try tx.endSessions(of: before.id, except: nil, reason: .revoked)
                try letters.append(to: tx)
            }
            try event.append(to: tx)
            try tx.announce(.user(before.id, realm.name))
            guard let user = try tx.user(before.id, realm: realm.name) else { throw .damaged("a user vanished") }
            return .done(user, try tx.grants(of: user.id, realm: realm.name))
        }
    }

    /// What it was and what it is stands in the person's own part, which nobody reads once they are erased.
    private func draft(
        _ after: User, over found: FoundUser, _ fields: [String], by actor: Actor
    ) async throws(StoreFault) -> EventDraft {
        let before = found.user
        let own = try await parts.store.read { (reader) throws(StoreFault) in
            try actor.subjectKey(besides: before.id, reader)
        }
        let told = Recorder.PersonalPart(
            key: found.key,
            details: [("before", Self.values(of: before, fields)), ("after", Self.values(of: after, fields))])
        return parts.recorder.draft(
            .changeUser, realm: before.realm, actor: actor.person?.id, confirmedBy: actor.confirmedBy,
            source: actor.source,
            details: [("target", .string(before.id.text)), ("fields", .array(fields.map { .string($0) }))]
                + actor.credential,
            personal: actor.parts(before.person, found.key, own, parts.recorder) + [told])
    }

    private static func values(of user: User, _ fields: [String]) -> JSON {
        func kept(_ text: String) -> JSON {
            text.utf8.count <= longestKept ? (try? JSON.parse(text)) ?? .null : .string("\(text.utf8.count) bytes")
        }
        let all: [(String, JSON)] = [
            ("username", .string(user.username.text)), ("email", .string(user.email.text)),
            ("email_verified_at", user.emailVerifiedAt.map { .string($0.iso8601) } ?? .null),
            ("language", user.language.map { .string($0.rawValue) } ?? .null), ("app_metadata", kept(user.appMetadata)),
            ("user_metadata", kept(user.userMetadata)),
        ]
        return .object(all.filter { fields.contains($0.0) }.map { JSON.Member($0.0, $0.1) })
    }
}

/// The letters that follow from an address that an administrator gave somebody.
private struct AddressLetters: Sendable {
    private let undo: MailProofs.Made?
    private let proof: MailProofs.Made?
    private let letters: [MailDraft]

    init(from found: FoundUser, to after: User, in realm: Realm, _ parts: FlowParts) {
        let before = found.user
        let proofs = MailProofs(parts: parts)
        var letters: [MailDraft] = []
        var (undo, proof): (MailProofs.Made?, MailProofs.Made?)
        if before.emailVerifiedAt != nil {
            let made = proofs.make(
                .undoEmailChange, for: before.id, user: before.id, address: before.email,
                data: ["email": .string(before.email.text)], under: found.key, in: realm)
            undo = made
            letters.append(
                parts.postman.draft(
                    .emailChanged(newMask: after.email.masked, undo: made.proof),
                    to: Addressee(before, key: found.key), in: realm))
        }
        if after.isUsable(at: found.now) {
            let made = proofs.make(
                .verifyEmail, for: after.id, user: after.id, address: after.email, binding: proofs.binding(after),
                in: realm)
            proof = made
            letters.append(
                parts.postman.draft(.verifyEmail(made.proof), to: Addressee(after, key: found.key), in: realm))
        }
        self.undo = undo
        self.proof = proof
        self.letters = letters
    }

    func append(to tx: any StoreTransaction) throws(StoreFault) {
        try undo?.append(to: tx)
        try proof?.append(to: tx)
        for letter in letters { try letter.append(to: tx) }
    }
}
