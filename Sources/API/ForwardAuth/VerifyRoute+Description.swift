internal import Domain
internal import Flows
internal import HTTP

extension VerifyRoute {
    static let description = RouteDescription(
        sentence: """
            Whether a proxy may let a request through to an application, and who it comes from. Every method is answered \
            alike.
            """,
        request: .query(.object(parameters)), requestFields: requestFields,
        response: .object([
            SchemaDescription.Member(
                name: "authenticated", isRequired: true, shape: .boolean(example: true), sentence: "Always true.")
        ]),
        responseFields: SchemaDescription.Member.describing(.json) + VerifyReply.fields,
        problems: RouteDescription.distinct(
            [
                .signInRequired(at: "https://id.example.com/login?return_to=https%3A%2F%2Fapp.example.com%2F"),
                .authenticationRequired(tokenWasPresented: true).naming("https://id.example.com/login"),
                .malformedQuery, .validation([]),
                .malformedOriginal("X-Original-Method was sent more than once"),
                .sameOriginRequired("the request has neither an Origin nor a Sec-Fetch-Site header"),
                .roleRequired("editor"), permissionExample, .impersonationReadOnly,
            ].compactMap(\.self)))

    private static let permissionExample = Permission.Pair(resource: "report", action: "read").map(
        Problem.permissionRequired)

    /// As in ``Domain/AccessName``.
    private static let name = "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"

    private static let parameters: [SchemaDescription.Member] = [
        .init(
            name: "role", isRequired: false,
            shape: .array(.pattern("^\(name)$", example: "editor"), count: 0...32),
            sentence: "A role that the caller must have. May be given several times: all of them are demanded."),
        .init(
            name: "permission", isRequired: false,
            shape: .array(.pattern("^\(name):\(name)$", example: "report:read"), count: 0...32),
            sentence: "A permission that the caller must have. May be given several times: all of them are demanded."),
        .init(
            name: "redirect", isRequired: false, shape: .choice(VerifyQuestion.Redirect.allCases.map(\.rawValue)),
            sentence: """
                What a browser that asks for a page is told where nobody is signed in: with `1` 302 to the realm's sign-in \
                page, with `header` 401 that names it in `Location`, for proxies that look at the status only.
                """),
    ]

    private static let requestFields: [SchemaDescription.Member] = [
        field("X-Original-Method", "The method of the original request.", "POST"),
        field("X-Original-URI", "Its path and query.", "/reports?year=2026"),
        field("X-Original-Host", "Its host.", "app.example.com"),
        field("X-Original-URL", "Its address, whole.", "https://app.example.com/reports?year=2026"),
        field("X-Forwarded-Method", "Another name of `X-Original-Method`.", "POST"),
        field("X-Forwarded-Uri", "Another name of `X-Original-URI`.", "/reports?year=2026"),
        field("X-Forwarded-Host", "Another name of `X-Original-Host`.", "app.example.com"),
        field("X-Forwarded-Proto", "Its scheme.", "https"),
    ]

    private static func field(_ name: String, _ sentence: String, _ example: String) -> SchemaDescription.Member {
        SchemaDescription.Member(
            name: name, isRequired: false, shape: .text(example: example),
            sentence: "\(sentence) Believed of listed proxies only.")
    }
}
