public import Domain
internal import Standards
public import Storage

/// Gives an API key another secret. The one before is good besides for as long as the overlap says, so that programs can
/// be given the new one without a gap; what was before that ends at once.
public struct RotateAPIKey: Sendable {
    let store: any Store
    let recorder: Recorder
    let seals: APIKeySeals
    let live: LiveSessions

    /// What is meant where nobody says how long.
    public static let standardOverlap = Duration.seconds(86_400)
    static let longestOverlap = Duration.seconds(90 * 86_400)

    public enum Outcome: Sendable {
        case rotated(text: String, APIKeySummary)
        case noSuchKey
        case revoked
        /// Another secret would not make it good again.
        case expired
        case invalid([FieldProblem])
        /// The key holds what whoever does it does not: its new text would be theirs.
        case notHeld
    }

    public func callAsFunction(
        _ id: ID<APIKey>, overlap: Duration = RotateAPIKey.standardOverlap, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        guard (.zero...Self.longestOverlap).contains(overlap) else {
            return .invalid([
                FieldProblem(field: "overlap", code: "out_of_range", message: "must be 0 seconds to 90 days")
            ])
        }
        let found = try await store.read(in: .realm(realm)) { (reader) throws(StoreFault) in
            try reader.apiKey(id, realm: realm)
        }
        guard let found else { return .noSuchKey }
        let text = seals.make(id, in: realm)
        let digest = text.digest
        let draft = try await recorder.draft(
            .rotateAPIKey, realm: realm, by: actor,
            details: [
                ("api_key", .string(id.text)), ("name", .string(found.name)),
                ("overlap_seconds", .integer(overlap.components.seconds)),
            ], in: store)
        let outcome = try await store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) -> Outcome in
            guard let key = try tx.apiKey(id, realm: realm) else { return .noSuchKey }
            if let end = key.expiresAt, tx.now >= end { return .expired }
            let authority = try actor.authority(in: realm, tx, for: GrantTerm(until: key.expiresAt))
            guard authority.mayGive(try key.grants(tx)) else { return .notHeld }
            guard try tx.rotate(apiKey: id, realm: realm, to: digest, previousUntil: tx.now + overlap) else {
                return .revoked
            }
            try draft.append(to: tx)
            try tx.announce(.apiKey(id, realm))
            guard let changed = try tx.apiKey(id, realm: realm) else { return .noSuchKey }
            return .rotated(text: text.text, APIKeySummary(changed, at: tx.now))
        }
        live.invalidate(.apiKey(id, realm))
        return outcome
    }
}
