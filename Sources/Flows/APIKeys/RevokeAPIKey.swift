public import Domain
internal import Standards
public import Storage

/// Ends an API key for good, both its secrets, from the next request on.
public struct RevokeAPIKey: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions

    public enum Outcome: Sendable {
        case revoked(APIKeySummary)
        case wasRevoked(APIKeySummary)
        case noSuchKey
        /// It stands above whoever does it.
        case aboveOwnRank
    }

    public func callAsFunction(
        _ id: ID<APIKey>, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let found = try await store.read { (reader) throws(StoreFault) in try reader.apiKey(id, realm: realm) }
        guard let found else { return .noSuchKey }
        let draft = try await recorder.draft(
            .revokeAPIKey, realm: realm, by: actor,
            details: [("api_key", .string(id.text)), ("name", .string(found.name))], in: store)
        let outcome = try await store.transaction { (tx) throws(StoreFault) -> Outcome in
            let rank = try tx.rank(of: .key(id), realm: realm)
            guard try actor.authority(in: realm, tx).reaches(rank: rank) else { return .aboveOwnRank }
            let isChanged = try tx.revoke(apiKey: id, realm: realm)
            if isChanged {
                try draft.append(to: tx)
                try tx.announce(.apiKey(id, realm))
            }
            guard let key = try tx.apiKey(id, realm: realm) else { return .noSuchKey }
            let summary = APIKeySummary(key, at: tx.now)
            return isChanged ? .revoked(summary) : .wasRevoked(summary)
        }
        live.invalidate(.apiKey(id, realm))
        return outcome
    }
}
