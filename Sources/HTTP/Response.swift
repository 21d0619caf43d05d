/// An answer as a value; how it is framed on the wire is decided when it is written.
public struct Response: Sendable {
    /// 100…999 (RFC 9110 §15). Anything else is written as 500.
    public var status: Int
    public var headers: Headers
    public var body: [UInt8]
    /// A body that is made while it is sent, in place of ``body``.
    public var stream: BodyStream?
    /// The stable code of the problem that this answer tells, for logs; not sent by itself.
    public var code: String?
    /// Who was proven to ask, for logs; never sent.
    public var caller: (any AnyObject & Sendable)?

    public init(status: Int, headers: Headers = Headers(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public init(status: Int, headers: Headers = Headers(), stream: BodyStream) {
        self.status = status
        self.headers = headers
        self.stream = stream
        body = []
    }

    /// 1xx, 204 and 304 have no body (RFC 9112 §6.3).
    public var mayHaveBody: Bool { status >= 200 && status != 204 && status != 304 }

    /// The interim answer to ``RequestParser/Step/expectContinue``.
    public static let continueLine: [UInt8] = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
}
