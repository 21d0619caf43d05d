internal import Domain
internal import Flows
internal import Storage

/// `GET /api/admin/api-keys`.
struct ListAPIKeysEndpoint: Endpoint {
    let listAPIKeys: ListAPIKeys

    struct Input: Sendable {
        let limit: Int64?
        let after: ID<APIKey>?
    }

    struct Page: Sendable {
        let keys: [APIKeyReply]
        let next: ID<APIKey>?
    }

    static let sentence = "The realm's API keys, oldest first, those that ended included, a page at a time."
    static let input: Intake<Input> = .query(
        .object(
            Input.init(limit:after:),
            Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many keys; 50 unless told."),
            Field(optional: "after", .identifier(), \.after, "The member `next` of the page before.")))
    static let output: Schema<Page> = .object(
        Page.init(keys:next:),
        Field("api_keys", .array(APIKeyReply.schema, count: 0...200), \.keys, "In the order in which they were made."),
        Field("next", .nullable(.identifier()), \.next, "Where the next page begins; null at the end, and only there."))

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<Page, NoRefusal> {
        let (keys, next) = try await listAPIKeys(
            in: caller.realm.name, after: input.after, limit: Int(input.limit ?? 50))
        return .success(Page(keys: keys.map(APIKeyReply.init), next: next))
    }
}
