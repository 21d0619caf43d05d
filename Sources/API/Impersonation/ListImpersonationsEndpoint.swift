internal import Domain
internal import Flows
internal import Storage

/// `GET /api/system/realms/{realm}/impersonations`.
struct ListImpersonationsEndpoint: Endpoint {
    typealias Refusal = NotThere
    let list: ListImpersonations

    struct Paging: Sendable {
        let limit: Int64?
        let after: ID<Impersonation>?

        static let schema: Schema<Paging> = .object(
            Paging.init(limit:after:),
            Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many; 50 unless told."),
            Field(optional: "after", .identifier(), \.after, "The member `next` of the page before."))
    }

    struct Input: Sendable {
        let realm: RealmName
        let paging: Paging
    }

    struct Page: Sendable {
        let impersonations: [ImpersonationReply]
        let next: ID<Impersonation>?
    }

    static let sentence = "Who acts, or acted, as whom in a realm; newest first."
    static let input: Intake<Input> = .path(RealmPath.schema, and: .query(Paging.schema)) {
        Input(realm: $0.name, paging: $1)
    }
    static let output: Schema<Page> = .written(
        Field(
            "impersonations", .array(ImpersonationReply.schema, count: 0...200), \.impersonations, "Newest first."),
        Field("next", .nullable(.identifier()), \.next, "Where the next page begins; null at the end."))

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<Page, NotThere> {
        let page = try await list(
            realm: input.realm, before: input.paging.after, limit: Int(input.paging.limit ?? 50))
        guard let page else { return .refused(.notThere) }
        return .success(Page(impersonations: page.entries.map(ImpersonationReply.init), next: page.next))
    }
}
