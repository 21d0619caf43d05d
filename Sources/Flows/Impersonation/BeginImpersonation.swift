public import Domain
internal import Standards
public import Storage

/// Lets an operator act as somebody of a realm, for a stated reason and a short time; the person is written to at once.
///
/// The session that begins is the person's, with the person's own rights and nothing of the operator's. It has an id of its
/// own, hangs on the operator's session, and proves nothing: what asks for a recent sign-in is closed to it.
public struct BeginImpersonation: Sendable {
    let parts: FlowParts

    public struct Input: Sendable {
        public let realm: RealmName
        /// An id, an e-mail address or a username.
        public let user: String
        public let reason: String
        /// See ``Domain/Impersonation/lengths``.
        public let minutes: Int64
        public let mayWrite: Bool

        public init(realm: RealmName, user: String, reason: String, minutes: Int64, mayWrite: Bool) {
            self.realm = realm
            self.user = user
            self.reason = reason
            self.minutes = minutes
            self.mayWrite = mayWrite
        }
    }

    public enum Outcome: Sendable { case begun(SignedIn, StoredImpersonation), refused(Refusal) }
    public enum Refusal: Sendable {
        case invalid([FieldProblem])
        /// Also the operators' own: nobody becomes another operator.
        case noSuchRealm
        case noSuchUser
        /// Disabled, banned, or laid down.
        case notUsable
        case reproof(ReproofRefusal)
        /// From the command line: the operator named does not exist, or may not do this.
        case notAnOperator
    }

    /// Who asks, and what of it has to hold still in the transaction.
    private struct Asking: Sendable {
        let impersonator: User
        let wrappedKey: [UInt8]?
        let believed: Reproof.Believed?
        let actor: Actor
    }

    /// - Parameter current: the operator's password; may be absent for a while after sign-in.
    public func callAsFunction(
        _ input: Input, current: Secret?, of principal: Principal, provenBy proof: AuthResult.Source,
        in operators: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        if let refusal = Self.problems(with: input) { return .refused(refusal) }
        guard operators.name == .system, principal.user.realm == .system, principal.impersonation == nil else {
            return .refused(.notAnOperator)
        }
        switch try await Reproof(parts: parts)(current, of: principal, in: operators, from: source) {
        case .refused(let refusal): return .refused(.reproof(refusal))
        case .believed(let believed):
            let wrapped = try await parts.store.read { (reader) throws(StoreFault) in
                try reader.subjectKey(of: principal.user.id, realm: .system)
            }
            return try await begin(
                input,
                Asking(
                    impersonator: believed.found.user, wrappedKey: wrapped, believed: believed,
                    actor: Actor(principal, provenBy: proof, from: source)))
        }
    }

    /// From the command line, which names the operator.
    public func callAsFunction(_ input: Input, as reference: String) async throws(StoreFault) -> Outcome {
        if let refusal = Self.problems(with: input) { return .refused(refusal) }
        let found = try await parts.store.read { (reader) throws(StoreFault) -> (User, [UInt8]?)? in
            guard let user = try UserReference(text: reference).find(in: .system, reader),
                user.isUsable(at: reader.now),
                try reader.grants(of: user.id, realm: .system).hasPermission(AdminRight.impersonate.rawValue)
            else { return nil }
            return (user, try reader.subjectKey(of: user.id, realm: .system))
        }
        guard let (user, wrapped) = found else { return .refused(.notAnOperator) }
        return try await begin(
            input, Asking(impersonator: user, wrappedKey: wrapped, believed: nil, actor: .commandLine))
    }

    private static func problems(with input: Input) -> Refusal? {
        var problems: [FieldProblem] = []
        if !Impersonation.reasonLengths.contains(input.reason.unicodeScalars.count) {
            let (low, high) = (Impersonation.reasonLengths.lowerBound, Impersonation.reasonLengths.upperBound)
            problems.append(
                FieldProblem(field: "reason", code: "malformed", message: "must have \(low) to \(high) characters"))
        } else if case .failure = PlainText.parse(input.reason, longest: Impersonation.reasonLengths.upperBound) {
            problems.append(
                FieldProblem(
                    field: "reason", code: "malformed",
                    message: "must have no invisible characters, and no space at either end"))
        }
        if !Impersonation.lengths.contains(input.minutes) {
            let (low, high) = (Impersonation.lengths.lowerBound, Impersonation.lengths.upperBound)
            problems.append(
                FieldProblem(field: "minutes", code: "out_of_range", message: "must be from \(low) to \(high)"))
        }
        return problems.isEmpty ? nil : .invalid(problems)
    }

    private func begin(_ input: Input, _ asking: Asking) async throws(StoreFault) -> Outcome {
        guard input.realm != .system, let realm = try await parts.realms.find(input.realm), realm.isEnabled else {
            return .refused(.noSuchRealm)
        }
        guard let found = try await parts.find(UserReference(text: input.user), in: realm.name) else {
            return .refused(.noSuchUser)
        }
        guard found.user.isUsable(at: found.now) else { return .refused(.notUsable) }
        let own = asking.believed?.session
        let ends = found.now + .seconds(input.minutes * 60)
        let impersonation = Impersonation(
            id: parts.capabilities.id(), impersonator: asking.impersonator.id,
            name: asking.impersonator.username.text, session: own?.id, reason: input.reason, mayWrite: input.mayWrite,
            startedAt: found.now, endsAt: own.map { min(ends, $0.absoluteEnd) } ?? ends, wrappedKey: asking.wrappedKey)
        let session = Session(
            id: parts.capabilities.id(), realm: realm.name, user: found.user.id, client: Session.nativeClient,
            issued: .first, confirmedAt: nil, createdAt: found.now, lastActivityAt: found.now,
            idleLimit: realm.rules.idleLimit, absoluteEnd: impersonation.endsAt, endedAt: nil, amr: [],
            // Long ago: nothing takes the operator for the person who just signed in.
            authTime: Timestamp(milliseconds: 0), level: 1, impersonation: impersonation.id)
        let stored = StoredImpersonation(
            impersonation, realm: realm.name, user: found.user.id, session: session.id)
        let drafts = ImpersonationDrafts(
            .beginImpersonation, impersonation,
            of: .init(
                impersonator: asking.impersonator.person, impersonatorKey: asking.wrappedKey,
                user: found.user.person, userKey: found.key), reason: input.reason, by: asking.actor,
            details: [
                ("session", .string(session.id.text)), ("write", .bool(input.mayWrite)),
                ("ends_at", .string(impersonation.endsAt.iso8601)),
            ], parts.recorder)
        let letter = parts.postman.draft(
            .impersonated(
                by: impersonation.name, at: impersonation.startedAt, until: impersonation.endsAt,
                mayWrite: impersonation.mayWrite, reason: impersonation.reason),
            to: Addressee(found.user, key: found.key), in: realm)
        let origin = SessionOrigin(asking.actor.source)
        let begun = try await parts.store.transaction { (tx) throws(StoreFault) -> Result<Grants, Lapsed> in
            if let believed = asking.believed, try !believed.holds(tx) { return .failure(.operator) }
            guard let user = try tx.user(found.user.id, realm: realm.name), user.isUsable(at: tx.now) else {
                return .failure(.user)
            }
            try tx.insert(session, origin: origin)
            try tx.insert(stored)
            try drafts.append(to: tx)
            try letter.append(to: tx)
            return .success(try tx.acting(in: session).limited(try tx.grants(of: user.id, realm: realm.name)))
        }
        switch begun {
        case .failure(.operator): return .refused(.reproof(.sessionOver))
        case .failure(.user): return .refused(.notUsable)
        case .success(let grants):
            let principal = Principal(
                found.user.person, session, grants: grants, impersonation: impersonation)
            guard let tokens = parts.start.tokens(principal, counter: .first, in: realm, as: .token) else {
                throw .unexpected("realm \(realm.name) has no signing key")
            }
            return .begun(tokens, stored)
        }
    }

    /// Who is not what they were when they were asked about.
    private enum Lapsed: Error { case `operator`, user }
}
