internal import Domain
internal import Flows
internal import Storage

/// `GET /api/system/realms`.
struct ListRealmsEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let listRealms: ListRealms

    struct Paging: Sendable {
        let limit: Int64?
        let after: RealmName?
    }

    struct Page: Sendable {
        let realms: [RealmReply]
        let next: String?
    }

    static let sentence = "Every realm, sorted by name, a page at a time."
    static let input: Intake<Paging> = .query(
        .object(
            Paging.init(limit:after:),
            Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many; 50 unless told."),
            Field(
                optional: "after", RealmPath.realm, \.after,
                "The member `next` of the page before.")))
    static let output: Schema<Page> = .object(
        Page.init(realms:next:),
        Field("realms", .array(RealmReply.schema, count: 0...200), \.realms, "In the order of their names."),
        Field(
            "next", .nullable(.text(example: "shop")), \.next,
            "After which the next page begins; null at the end, and only there."))

    func callAsFunction(_ input: Paging, _ caller: Authorized) async throws(StoreFault) -> Answer<Page, NoRefusal> {
        let page = try await listRealms(
            after: input.after, limit: Int(input.limit ?? 50))
        return .success(Page(realms: page.realms.map(RealmReply.init), next: page.next?.text))
    }
}
