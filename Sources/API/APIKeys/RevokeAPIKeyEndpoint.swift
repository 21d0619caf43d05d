internal import Domain
internal import Flows
internal import Storage

/// `DELETE /api/admin/api-keys/{id}`. What was revoked stays in the list: its name is in the audit.
struct RevokeAPIKeyEndpoint: Endpoint {
    let revokeAPIKey: RevokeAPIKey

    struct Reply: Sendable { let key: APIKeyReply }

    enum Refusal: ClientError {
        case noSuchKey
        case aboveOwnRank

        var problem: Problem {
            switch self {
            case .noSuchKey: .notFound
            case .aboveOwnRank: .aboveOwnRank
            }
        }
    }

    static let sentence = "Revokes an API key, both its texts, from the next request on; once more changes nothing."
    static let input: Intake<ID<APIKey>> = .path(APIKeyPath.schema)
    static let output: Schema<Reply> = .object(
        Reply.init(key:), Field("api_key", APIKeyReply.schema, \.key, "The key as it is now."))

    func callAsFunction(_ key: ID<APIKey>, _ caller: Authorized) async throws(StoreFault) -> Answer<Reply, Refusal> {
        switch try await revokeAPIKey(key, in: caller.realm.name, by: Actor(caller)) {
        case .revoked(let key), .wasRevoked(let key): .success(Reply(key: APIKeyReply(key)))
        case .noSuchKey: .refused(.noSuchKey)
        case .aboveOwnRank: .refused(.aboveOwnRank)
        }
    }
}
