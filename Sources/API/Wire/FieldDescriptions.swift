internal import HTTP

/// The header fields of answers, by name: what each means stands here once, for every route.
extension SchemaDescription.Member {
    static let cacheControl = field("Cache-Control", "Who may keep the answer, and for how long.", example: "no-store")
    static let contentTypeOptions = field(
        "X-Content-Type-Options", "The media type is what the answer says it is.", example: "nosniff")
    static let requestID = field(
        "X-Request-Id", "The name of this request in the server's logs.", example: "3f0c9a52d1e7b684")
    static let authenticate = field(
        "WWW-Authenticate", "How to authenticate (RFC 6750 §3).", example: "Bearer error=\"invalid_token\"")
    static let retryAfter = SchemaDescription.Member(
        name: "Retry-After", isRequired: true, shape: .integer(1...86_400, example: 1),
        sentence: "In how many seconds to try again.")
    static let location = field(
        "Location", "Where to go instead.", example: "https://id.example.com/login?return_to=%2F")
    static let entityTag = field("ETag", "The name of this version of the document.", example: "\"af63dc4c8601ec8c\"")
    static let vary = field(
        "Vary", "The request's fields that the answer depends on.", example: "Accept-Encoding")
    static let contentSecurityPolicy = field(
        "Content-Security-Policy", "What a browser may load and run.", example: "default-src 'none'")
    static let contentEncoding = SchemaDescription.Member(
        name: "Content-Encoding", isRequired: false, shape: .text(example: "gzip"),
        sentence: "How the content is compressed; absent when it is not.")
    static let accelBuffering = field(
        "X-Accel-Buffering", "Proxies must pass every piece on at once.", example: "no")
    static let setCookie = SchemaDescription.Member(
        name: "Set-Cookie", isRequired: false,
        shape: .text(
            example: "__Host-default_access=AQABAZNv…; Path=/; Max-Age=900; Secure; HttpOnly; SameSite=Lax"),
        sentence: "Twice, where the session's credentials travel as cookies: the access cookie and the refresh cookie.")
    static let contentDisposition = field(
        "Content-Disposition", "What to call the file.", example: "attachment; filename=\"users.csv\"")
    static let allow = field("Allow", "The methods that the path knows.", example: "GET, HEAD, OPTIONS")

    /// Those above; other fields are described by the route that has them.
    static let known: [Self] = [
        cacheControl, contentTypeOptions, requestID, authenticate, retryAfter, entityTag, vary, contentSecurityPolicy,
        contentEncoding, allow, accelBuffering, location, setCookie, contentDisposition,
    ]

    /// What is known of the fields of an answer; its media type is said elsewhere.
    static func describing(_ headers: Headers) -> [Self] {
        headers.pairs.compactMap { pair in known.first { $0.name.utf8.elementsEqual(pair.name.utf8) } }
    }

    private static func field(_ name: String, _ sentence: String, example: String) -> Self {
        Self(name: name, isRequired: true, shape: .text(example: example), sentence: sentence)
    }
}

extension SchemaDescription {
    /// Text without limits.
    static func text(example: String) -> SchemaDescription {
        .text(characters: 0...Int.max, bytes: 0...Int.max, example: example)
    }
}
