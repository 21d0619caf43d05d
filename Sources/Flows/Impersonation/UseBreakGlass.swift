internal import Crypto
public import Domain
internal import Standards
public import Storage
internal import Synchronization

/// Opens one operator session for whoever has the code from the safe, and tells every operator.
///
/// The code is used up in the transaction that begins the session: of many who show it one is let in, and a server that dies
/// in between has done both or neither.
public struct UseBreakGlass: Sendable {
    let parts: FlowParts
    private let count = Count()

    private final class Count: Sendable { let value = Atomic<UInt64>(0) }

    init(parts: FlowParts) { self.parts = parts }

    public enum Outcome: Sendable { case opened(SignedIn), refused(Refusal) }
    public enum Refusal: Sendable {
        /// The same for what is no code, for one that was used, and for one that never was.
        case notAccepted
        case wait(Duration)
    }

    /// How often a code was used, on this node since its start.
    public var uses: UInt64 { count.value.load(ordering: .relaxed) }

    public func callAsFunction(
        _ typed: Secret, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let ticket: Throttles.Ticket
        switch try await parts.throttles.take(.breakGlass, identifier: "break-glass", in: realm, from: source) {
        case .go(let taken): ticket = taken
        case .wait(let delay): return .refused(.wait(delay))
        }
        let text = String(decoding: typed.exposed, as: UTF8.self)
        guard let code = BreakGlassCode(typed: text, check: BreakGlass.check),
            let tokens = try await open(BreakGlass.digest(code), ticket, in: realm, from: source)
        else {
            parts.refusals.note(
                reason: "break_glass_refused", realm: realm, source: source, route: "break-glass")
            return .refused(.notAccepted)
        }
        return .opened(tokens)
    }

    private struct Read: Sendable {
        let account: BreakGlass.Account
        let operators: [(user: User, wrappedKey: [UInt8]?)]
        let now: Timestamp
    }

    private func open(
        _ digest: [UInt8], _ ticket: Throttles.Ticket, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> SignedIn? {
        let read = try await read()
        let opening = Opening(read.account, digest, in: realm, from: source, at: read.now, parts)
        let letters = read.operators.map { user, wrapped in
            parts.postman.draft(
                .breakGlassUsed(at: read.now, address: source.address),
                to: Addressee(
                    user, key: parts.recorder.subjectKeys.open(wrapped, for: user.id, realm: .system)), in: realm)
        }
        let opened = try await parts.store.transaction { (tx) throws(StoreFault) -> Opening.Done? in
            guard let done = try opening.perform(tx) else { return nil }
            for letter in letters { try letter.append(to: tx) }
            try parts.throttles.giveBack(ticket, tx)
            try tx.announce(.user(done.user.id, .system))
            return done
        }
        guard let opened else { return nil }
        parts.live.invalidate(.user(opened.user.id, .system))
        count.value.add(1, ordering: .relaxed)
        parts.capabilities.report(
            SystemEvent(
                .error, "break_glass_used", "the break-glass code opened session \(opened.session.id)",
                request: source.requestID.isEmpty ? nil : source.requestID))
        let principal = Principal(opened.user.person, opened.session, grants: opened.grants)
        guard let tokens = parts.start.tokens(principal, counter: .first, in: realm, as: .token) else {
            throw .unexpected("realm \(realm.name) has no signing key")
        }
        return tokens
    }

    private func read() async throws(StoreFault) -> Read {
        let glass = BreakGlass(parts: parts)
        return try await parts.store.read { (reader) throws(StoreFault) in
            let account = try glass.account(reader)
            let users = try reader.users(
                realm: .system, filter: UserFilter(isActive: true), .byNumber, after: nil,
                window: BreakGlass.mostOperators,
                limit: BreakGlass.mostOperators)
            var operators: [(User, [UInt8]?)] = []
            for user in users where user.id != account.user?.id && !user.email.key.hasSuffix("@aldrava.invalid") {
                operators.append((user, try reader.subjectKey(of: user.id, realm: .system)))
            }
            return Read(account: account, operators: operators, now: reader.now)
        }
    }
}

/// Everything that the code's use writes, made before the transaction that finds out whether it is good.
private struct Opening: Sendable {
    let account: BreakGlass.Account
    let digest: [UInt8]
    let session: Session
    let origin: SessionOrigin
    let used: EventDraft
    let made: AccountCreation.Drafts?
    let role: Role
    let roleMade: EventDraft
    let granted: EventDraft

    struct Done: Sendable {
        let user: User
        let session: Session
        let grants: Grants
    }

    init(
        _ account: BreakGlass.Account, _ digest: [UInt8], in realm: Realm, from source: Source, at now: Timestamp,
        _ parts: FlowParts
    ) {
        let (recorder, capabilities) = (parts.recorder, parts.capabilities)
        let user = account.user ?? account.creation?.person(at: now)
        let person = user?.person
        let id = user?.id ?? .nobody
        self.account = account
        self.digest = digest
        origin = SessionOrigin(source)
        session = Session(
            id: capabilities.id(), realm: .system, user: id, client: Session.nativeClient, issued: .first,
            confirmedAt: nil, createdAt: now, lastActivityAt: now, idleLimit: realm.rules.idleLimit,
            absoluteEnd: now + BreakGlass.sessionLife, endedAt: nil, amr: ["otp"], authTime: now, level: 1)
        let key =
            account.creation?.key ?? recorder.subjectKeys.open(account.wrappedKey, for: id, realm: .system)
        let personal = person.map { [recorder.part(key, user: $0, source: source)] } ?? []
        func draft(_ deed: Deed, _ details: [(String, JSON)]) -> EventDraft {
            recorder.draft(
                deed, realm: .system, actor: id, confirmedBy: "break_glass", source: source, details: details,
                personal: personal)
        }
        used = draft(
            .useBreakGlass,
            [("session", .string(session.id.text)), ("ends_at", .string(session.absoluteEnd.iso8601))])
        made = account.creation?.drafts(confirmedBy: "break_glass", source: source, actor: nil)
        role = Role(
            id: capabilities.id(), realm: .system, name: Role.adminName, description: "", createdAt: now)
        roleMade = draft(.createRole, [("role", .string(Role.adminName))])
        granted = draft(.grantRole, [("role", .string(Role.adminName)), ("to_user", .string(id.text))])
    }

    /// `nil`, and nothing changed, where the code is not good.
    func perform(_ tx: any StoreTransaction) throws(StoreFault) -> Done? {
        guard let code = try tx.consumeBreakGlass(digest) else { return nil }
        let user: User
        if let creation = account.creation, let made {
            guard let inserted = try creation.insert(made, tx) else {
                throw .busy("the name of the break-glass account was taken at the same moment")
            }
            try tx.setBreakGlassUser(inserted.id)
            user = inserted
        } else {
            guard let present = try tx.user(session.user, realm: .system), present.isUsable(at: tx.now) else {
                throw .busy("the break-glass account was changed at the same moment")
            }
            user = present
        }
        if !account.hasRole {
            if try tx.role(named: Role.adminName, realm: .system) == nil, try tx.insert(role) {
                try roleMade.append(to: tx)
            }
            if let role = try tx.role(named: Role.adminName, realm: .system),
                try tx.grant(role: role.id, to: user.id)
            {
                try granted.append(to: tx)
            }
        }
        // One at a time.
        _ = try tx.endSessions(of: user.id, except: nil, reason: .replacedByNewer)
        try tx.insert(session, origin: origin)
        try tx.noteSignIn(of: user.id)
        try used.append(to: tx, adding: [("code", .string(code.text))])
        return Done(user: user, session: session, grants: try tx.grants(of: user.id, realm: .system))
    }
}
