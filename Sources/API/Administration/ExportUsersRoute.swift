internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `GET /api/admin/users/export`: the realm's users as a table, written while it is read.
struct ExportUsersRoute: Sendable {
    let exportUserList: ExportUserList

    private struct Content: Sendable {
        let hasAttributes: Bool?

        static let schema: Schema<Content> = .object(
            Content.init(hasAttributes:),
            Field(
                optional: "attributes", .boolean(example: false), \.hasAttributes,
                "Whether the attributes that administrators read stand behind; what the realm marked is masked."))
    }

    func route(_ path: String) -> Route {
        Route(
            document: .get, path, Access<Authorized>.admin(.usersExport), bodyLimit: 4_096,
            "A realm's users as comma-separated values (RFC 4180), with the same filters and order as the list.",
            Intake<(UserQuery, Content)>.query(.both(UserQuery.schema, Content.schema)),
            refusals: Array(UserQueryRefusal.allCases).map(\.problem),
            response: .text(example: "id,number,username\r\n"), media: Self.media, fields: Self.headers
        ) { (input, caller) throws(StoreFault) in
            let (query, content) = input
            let columns: [ExportUserList.Column]
            switch query.chosen(from: ExportUserList.Column.allCases.map(\.rawValue)) {
            case .failure(let unknown): return Problem.validation(unknown.problems).response
            case .success(let words):
                columns = words.map { $0.compactMap(ExportUserList.Column.init) } ?? ExportUserList.Column.allCases
            }
            let outcome = try await exportUserList(
                query.filter, query.order, columns: columns, hasAttributes: content.hasAttributes ?? false,
                in: caller.realm, by: Actor(caller))
            switch outcome {
            case .noSuchRole: return UserQueryRefusal.noSuchRole.problem.response
            case .prefixNeedsOrder: return UserQueryRefusal.prefixNeedsOrder.problem.response
            case .table(let table):
                return Response(status: 200, headers: Self.headers, stream: BodyStream { await table.next() })
            }
        }
    }

    private static let media = "text/csv; charset=utf-8"

    private static let headers: Headers = {
        var headers = Headers()
        headers.add("Content-Type", media)
        headers.add("Content-Disposition", "attachment; filename=\"users.csv\"")
        headers.add("Cache-Control", "no-store")
        headers.add("X-Content-Type-Options", "nosniff")
        return headers
    }()
}
