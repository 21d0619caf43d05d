internal import Flows
internal import HTTP

/// What a request offers to prove who it comes from.
struct PresentedCredentials {
    var credentials: Credentials
    /// Whether something was offered in a form that is none.
    var isMalformed = false

    private static let apiKey: FieldName = "X-Service-Api-Key"

    static func hasKey(_ request: Request) -> Bool { request.headers.contains(apiKey) }

    init(_ request: Request, _ realm: Realm, _ client: String) {
        credentials = Credentials(client: client, address: request.client)
        let headers = request.headers
        if headers.contains(Self.apiKey) {
            // Twice is malformed: a proxy could have checked the other one.
            if case .value(let text) = headers.single(Self.apiKey) {
                credentials.apiKey = text
            } else {
                isMalformed = true
            }
        }
        switch BearerToken(headers) {
        case .absent: break
        case .malformed: isMalformed = true
        case .presented(let token): credentials.bearer = token
        }
        switch Cookies(headers)[realm.cookies.access] {
        case .absent: break
        case .repeated: isMalformed = true
        case .value(let text): credentials.cookie = text
        }
    }
}
