internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// `GET /api/admin/users`.
struct ListUsersEndpoint: Endpoint {
    typealias Refusal = UserQueryRefusal
    typealias Input = (UserQuery, Paging)
    let listUsers: ListUsers

    struct Paging: Sendable {
        let limit: Int64?
        let after: UserCursor?
        let count: Bool?

        static let schema: Schema<Paging> = .object(
            Paging.init(limit:after:count:),
            Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many users; 50 unless told."),
            Field(
                optional: "after", .userCursor, inExample: false, \.after,
                "The member `next` of the page before; of a list in the same order."),
            Field(
                optional: "count", .boolean(example: true), \.count, "Whether to say how many they are altogether."))
    }

    static let sentence = "A realm's users, searched, filtered and sorted, a page at a time."
    static let input: Intake<Input> = .query(.both(UserQuery.schema, Paging.schema))
    static let output = UserPage.schema

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<UserPage, Refusal> {
        let (query, paging) = input
        let chosen: Set<String>?
        switch query.chosen(from: ListedUser.fields) {
        case .success(let words): chosen = words.map { Set($0) }
        case .failure(let unknown): return .refused(.invalid(unknown.problems))
        }
        let outcome = try await listUsers(
            query.filter, in: caller.realm.name, query.order, after: paging.after, limit: Int(paging.limit ?? 50),
            counts: paging.count ?? false)
        switch outcome {
        case .page(let page):
            return .success(
                UserPage(
                    users: page.users.map { ListedUser(user: UserReply(user: $0), chosen: chosen) }, next: page.next,
                    total: page.total))
        case .noSuchRole: return .refused(.noSuchRole)
        case .wrongCursor: return .refused(.wrongOrder)
        case .prefixNeedsOrder: return .refused(.prefixNeedsOrder)
        }
    }
}

/// A user in a list, with those members that were asked for.
struct ListedUser: Sendable {
    let user: UserReply
    /// `nil` for all.
    let chosen: Set<String>?

    static let fields = (UserReply.schema.description.members ?? []).map(\.name)

    /// As of a user, but that each member may be left out.
    static let schema: Schema<ListedUser> = {
        let members = (UserReply.schema.description.members ?? []).map {
            SchemaDescription.Member(name: $0.name, isRequired: false, shape: $0.shape, sentence: $0.sentence)
        }
        return Schema(.named("ListedUser", .object(members))) { _, path, problems in
            problems.add(path, .unknown)
        } write: { value, output in
            guard let chosen = value.chosen else { return UserReply.schema.write(value.user, &output) }
            let whole = (try? JSON.parse(UserReply.schema.encode(value.user)))?.members ?? []
            output.value(.object(whole.filter { chosen.contains($0.name) }))
        }
    }()
}

/// A page of them.
struct UserPage: Sendable {
    let users: [ListedUser]
    let next: UserCursor?
    let total: ListUsers.Total?

    static let schema: Schema<UserPage> = .written(
        Field(
            "users", .array(ListedUser.schema, count: 0...200), \.users,
            "In the order asked for; fewer than asked for where finding more would take too long."),
        Field("next", .nullable(.userCursor), \.next, "Where the next page begins; null at the end, and only there."),
        Field(
            optional: "total", .integer(0...Int64.max, example: 4_711), \.total?.count,
            "How many they are altogether, where that was asked for."),
        Field(
            optional: "total_exact", .boolean(example: true), \.total?.isExact,
            "False where the realm has more users than are looked at to count: there are at least so many."))
}
