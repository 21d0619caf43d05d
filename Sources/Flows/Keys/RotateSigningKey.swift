internal import Domain
internal import Standards
public import Storage

/// Publishes a realm's next signing key, which takes over once every client has had time to learn it.
public struct RotateSigningKey: Sendable {
    let change: SigningKeyChange

    public enum Outcome: Sendable {
        /// With the new key.
        case published(SigningKeySummary)
        /// One is published already.
        case pending(SigningKeySummary)
        /// For the schedule only.
        case notDue
    }

    /// On demand, whatever the schedule says.
    public func callAsFunction(
        in realm: Realm, by actor: Actor = .commandLine
    ) async throws(StoreFault) -> Outcome {
        try await publish(
            await SigningKeyCandidate.make(realm.rules.signingAlgorithm), in: realm, .rotateSigningKey,
            by: .actor(actor))
    }

    /// Where it is due. Several nodes may ask at the same time: one publishes, the others find it done.
    func whereDue(in realm: Realm, now: Timestamp) async throws(StoreFault) -> Outcome {
        guard let ring = change.keys.current(of: realm)?.ring,
            ring.isRotationDue(every: realm.rules.keyRotation, at: now)
        else { return .notDue }
        return try await publish(
            await SigningKeyCandidate.make(realm.rules.signingAlgorithm), in: realm, .rotateSigningKey, by: .schedule)
    }

    func publish(
        _ candidate: SigningKeyCandidate, in realm: Realm, _ deed: Deed, by origin: KeyChangeOrigin
    ) async throws(StoreFault) -> Outcome {
        let lead = SigningKeyRing.publicationLead
        let event = try await change.draft(
            deed, candidate, in: realm.name, by: origin,
            [("signs_after_seconds", .integer(lead.components.seconds))])
        let (found, keys) = try await change(in: realm) { ring, now -> SigningKeyChange.Plan<Step> in
            if let next = ring.next(at: now) { return .only(.pending(next.kid)) }
            if case .schedule = origin, !ring.isRotationDue(every: realm.rules.keyRotation, at: now) {
                return .only(.notDue)
            }
            let start = now + lead
            return SigningKeyChange.Plan(
                outcome: .published(candidate.kid),
                changed: ring.endings(successorFrom: start, tokenLifetime: realm.rules.accessLifetime),
                added: (candidate, start), event: event)
        }
        let kid: String
        let isNew: Bool
        switch found {
        case .notDue: return .notDue
        case .pending(let pending): (kid, isNew) = (pending, false)
        case .published(let published): (kid, isNew) = (published, true)
        }
        guard let key = keys.first(where: { $0.kid == kid }) else { throw .unexpected("a signing key vanished") }
        return isNew ? .published(key) : .pending(key)
    }

    private enum Step: Sendable { case published(String), pending(String), notDue }
}
