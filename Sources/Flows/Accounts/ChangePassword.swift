internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Gives somebody who is signed in another password, and their session another id.
public struct ChangePassword: Sendable {
    let parts: FlowParts

    /// The new session takes the old one's place, and travels as it did.
    public enum Outcome: Sendable { case changed(SignedIn), refused(Refusal) }
    public enum Refusal: Sendable {
        case reproof(ReproofRefusal)
        case invalid([FieldProblem])
    }

    /// - Parameters:
    ///   - current: may be absent for a while after sign-in.
    ///   - endsOthers: whether the person's other sessions end.
    public func callAsFunction(
        current: Secret?, to password: Secret, endsOthers: Bool = true, of principal: Principal,
        provenBy proof: AuthResult.Source, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let believed: Reproof.Believed
        switch try await Reproof(parts: parts)(current, of: principal, in: realm, from: source) {
        case .believed(let one): believed = one
        case .refused(let refusal): return .refused(.reproof(refusal))
        }
        let found = believed.found
        let problems = await parts.allProblems(ofNew: password, for: found.user, in: realm)
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let hashed: StoredPassword
        do { hashed = try await parts.passwords.hash(password, source: source) } catch {
            return .refused(.reproof(ReproofRefusal(error)))
        }
        let renewal = SessionRenewal(believed, in: realm, from: source, parts)
        let draft = parts.draft(
            .changePassword, found.user.person, found.key, confirmedBy: believed.confirmedBy, from: source,
            details: [("session", .string(renewal.id.text)), ("ended_others", .bool(endsOthers))])
        let letter = parts.passwordChanged(found, in: realm)
        let result = try await parts.store.transaction(in: .realm(realm.name)) {
            (tx) throws(StoreFault) -> SessionRenewal.Renewed? in
            guard try tx.lock(found.user.id, realm: realm.name), try believed.holds(tx) else { return nil }
            try tx.setPassword(hashed, of: found.user.id)
            try tx.deleteAccountTokens(of: found.user.id)
            let renewed = try renewal.renew(endsOthers: endsOthers, tx)
            try draft.append(to: tx)
            try letter.append(to: tx)
            try tx.announce(.user(found.user.id, realm.name))
            return renewed
        }
        parts.live.invalidate(.user(found.user.id, realm.name))
        guard let result else { return .refused(.reproof(.sessionOver)) }
        return .changed(try renewal.tokens(result, provenBy: proof))
    }
}
