internal import Domain
internal import Flows
internal import HTTP

/// Who was let through, as header fields that a proxy copies into the original request.
///
/// Every field is always there, empty where it has nothing to say: a proxy that replaces what the client sent must have
/// something to replace it with.
enum VerifyReply {
    static let body = Array(#"{"authenticated":true}"#.utf8)

    private static let userID: FieldName = "X-Auth-User-Id"
    private static let userNumber: FieldName = "X-Auth-User-Number"
    private static let username: FieldName = "X-Auth-Username"
    private static let source: FieldName = "X-Auth-Source"
    private static let roles: FieldName = "X-Auth-Roles"
    private static let groups: FieldName = "X-Auth-Groups"
    private static let permissions: FieldName = "X-Auth-Permissions"
    private static let leftOut: FieldName = "X-Auth-Left-Out"
    private static let realm: FieldName = "X-Auth-Realm"
    private static let session: FieldName = "X-Auth-Session"
    private static let impersonator: FieldName = "X-Auth-Impersonator"
    private static let assertion: FieldName = "X-Auth-Assertion"

    static func headers(_ result: AuthResult, _ assertion: String) -> Headers {
        var headers = Headers.json
        headers.add(Self.userID, result.userId)
        headers.add(Self.userNumber, result.usuarioId.map(String.init) ?? "")
        headers.add(Self.username, Self.visible(result.principal?.user.username ?? ""))
        headers.add(Self.source, result.source.rawValue)
        // No name holds a comma, see ``AccessName``.
        let access = CarriedAccess(result.grants)
        headers.add(Self.roles, access.roles.joined(separator: ","))
        headers.add(Self.groups, access.groups.joined(separator: ","))
        headers.add(Self.permissions, access.permissions.joined(separator: ","))
        headers.add(Self.leftOut, access.leftOut.joined(separator: ","))
        headers.add(Self.realm, result.realm.text)
        headers.add(Self.session, result.session?.text ?? "")
        headers.add(Self.impersonator, result.principal?.impersonation?.impersonator.text ?? "")
        headers.add(Self.assertion, assertion)
        return headers
    }

    /// Visible ASCII as it is; every other byte of the UTF-8, and `%` itself, percent-encoded.
    ///
    /// A name can hold anything, and programs differ in what they make of other bytes in a field.
    static func visible(_ text: String) -> String {
        PercentEncoding.text(text) { $0 <= 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "%") }
    }

    /// The fields as the documents show them.
    static let fields: [SchemaDescription.Member] = [
        field(userID, "Never changes; `system` for a program.", "0192f0c1-5b7a-7c3e-8b1d-2f6a4c9e7d10"),
        field(userNumber, "The number that older systems join on; empty for a program.", "42"),
        field(
            username,
            "As it was typed at sign-up; bytes outside visible ASCII, and `%`, are percent-encoded. Empty for a program.",
            "ana"),
        field(source, "What proved it: `api_key`, `bearer` or `session`.", "session"),
        field(roles, "Every role's name, sorted, with commas between them.", "editor,user"),
        field(groups, "Every group's name, sorted, with commas between them.", "staff"),
        field(
            permissions,
            "Every `resource:action`, sorted, with commas between them. `*` in either place stands for all.",
            "report:read"),
        field(
            leftOut,
            "Which of `roles`, `groups` and `permissions` are empty because they are longer than 4 KiB together; nearly always empty.",
            ""),
        field(realm, "The realm's name.", "default"),
        field(session, "The session's id; empty for a program.", "0192f0c1-5b7a-7c3e-8b1d-2f6a4c9e7d11"),
        field(
            impersonator, "The id of the operator who acts as the person; empty where it is the person.",
            "0192f0c1-5b7a-7c3e-8b1d-2f6a4c9e7d12"),
        field(
            assertion,
            "The same as a JWT of the type `aldrava-assertion+jwt`, good for a minute and for this application, host and method; empty where the proxy did not name an application of the realm.",
            "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"),
    ]

    private static func field(_ name: FieldName, _ sentence: String, _ example: String) -> SchemaDescription.Member {
        SchemaDescription.Member(
            name: name.text, isRequired: true, shape: .text(example: example), sentence: sentence)
    }
}
