internal import HTTP
internal import Standards

/// One version of a public document, in each form in which it is sent.
struct DocumentVersion: Sendable {
    let plain: [UInt8]
    let plainTag: EntityTag
    let compressed: [UInt8]?
    let compressedTag: EntityTag

    /// The compressed form is left out where it saves nothing.
    init(_ content: [UInt8], isCompressed: Bool) {
        plain = content
        plainTag = EntityTag(of: content)
        compressedTag = EntityTag(of: content, suffix: "-gzip")
        let smaller = isCompressed ? Gzip.compress(content, .kept) : nil
        compressed = smaller.flatMap { $0.count < content.count ? $0 : nil }
    }
}

/// How a public document may be kept, and whether it is compressed.
///
/// Never for answers that hold a secret beside something that the request said: the length of their compressed form
/// tells the secret (BREACH).
struct DocumentCaching: Sendable {
    /// In seconds. 0: kept, and asked for again each time (RFC 9111 §5.2.2.4).
    let maxAge: Int
    let isCompressed: Bool

    private var cacheControl: String { maxAge == 0 ? "no-cache" : "public, max-age=\(maxAge)" }

    /// The document, or 304 for a client that has it already.
    func answer(_ request: Request, _ version: DocumentVersion, media: String, policy: String? = nil) -> Response {
        var headers = Headers()
        var body = version.plain
        var tag = version.plainTag
        headers.add("Cache-Control", cacheControl)
        if isCompressed { headers.add("Vary", "Accept-Encoding") }
        headers.add("X-Content-Type-Options", "nosniff")
        if let policy { headers.add("Content-Security-Policy", policy) }
        let isCoded = isCompressed && ContentCoding.preferred(request.headers) == .gzip
        if isCoded, let compressed = version.compressed {
            body = compressed
            tag = version.compressedTag
        }
        headers.add("ETag", tag.description)
        if tag.isKnown(to: request.headers) { return Response(status: 304, headers: headers) }
        if isCoded, version.compressed != nil { headers.add("Content-Encoding", "gzip") }
        headers.add("Content-Type", media)
        return Response(status: 200, headers: headers, body: body)
    }

    /// The fields that ``answer(_:_:media:policy:)`` writes.
    func fields(hasPolicy: Bool) -> [SchemaDescription.Member] {
        [.cacheControl] + (isCompressed ? [.vary] : []) + [.contentTypeOptions]
            + (hasPolicy ? [.contentSecurityPolicy] : []) + [.entityTag] + (isCompressed ? [.contentEncoding] : [])
    }
}

extension RouteDescription {
    /// Of a public document.
    init(
        sentence: String, response: SchemaDescription, media: String = "application/json", caching: DocumentCaching,
        hasPolicy: Bool = false
    ) {
        self.init(
            sentence: sentence, response: response, media: media,
            responseFields: caching.fields(hasPolicy: hasPolicy), isRevalidated: true)
    }
}

extension Response {
    /// The same answer compressed, where the client takes that and it is worth it: for texts that are made anew each
    /// time and hold no secret.
    ///
    /// An answer of at most `limit` bytes is left alone. `Vary` says what the choice depended on, in either case.
    func compressed(for request: Request, above limit: Int = 1_024) -> Response {
        guard body.count > limit, !headers.contains("Content-Encoding") else { return self }
        var response = self
        response.headers.add("Vary", "Accept-Encoding")
        guard ContentCoding.preferred(request.headers) == .gzip, let smaller = Gzip.compress(body, .once),
            smaller.count < body.count
        else { return response }
        response.body = smaller
        response.headers.add("Content-Encoding", "gzip")
        return response
    }
}
