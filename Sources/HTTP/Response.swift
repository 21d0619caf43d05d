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

    /// Appends the message to `output` (RFC 9112 §4).
    ///
    /// `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the writer's; fields of these names are
    /// left out. 1xx, 204 and 304 have no body and no length; the answer to HEAD has the length and no body. Of an
    /// answer with a ``stream`` this is the head; for a client of HTTP/1.0, `keepsAlive` must then be `false`.
    ///
    /// - Parameters:
    ///   - method: of the request that is answered.
    ///   - keepsAlive: `false` adds `Connection: close`; `true` adds `keep-alive` for a client of HTTP/1.0.
    ///   - version: of the request; the answer always says HTTP/1.1 (RFC 9110 §2.5).
    ///   - requestID: the value of the `X-Request-Id` field, in place of any such field among the headers; one that
    ///     ``RequestID/accept(_:)`` refuses is left out.
    ///   - date: the value of the `Date` field as ``HTTPDate`` writes it; empty for none.
    public func serialise(
        into output: inout [UInt8], method: Method, version: Request.Version = .http11, keepsAlive: Bool,
        requestID: String? = nil, date: [UInt8] = []
    ) {
        let hasBody = mayHaveBody
        output.append(contentsOf: Status.line(status).utf8)
        let bytes = headers.bytes
        for field in headers.fields {
            if Self.isFraming(bytes.span, field.name) { continue }
            if requestID != nil, bytes.span.spells(field.name, "x-request-id") { continue }
            output.append(contentsOf: bytes[field.name])
            output.append(UInt8(ascii: ":"))
            output.append(0x20)
            output.append(contentsOf: bytes[field.value])
            output.append(0x0D)
            output.append(0x0A)
        }
        if let requestID = requestID.flatMap(RequestID.accept) {
            output.append(contentsOf: "X-Request-Id: ".utf8)
            output.append(contentsOf: requestID.utf8)
            output.append(contentsOf: "\r\n".utf8)
        }
        if !date.isEmpty {
            output.append(contentsOf: "Date: ".utf8)
            output.append(contentsOf: date)
            output.append(contentsOf: "\r\n".utf8)
        }
        if hasBody, stream == nil {
            output.append(contentsOf: "Content-Length: ".utf8)
            output.append(decimal: body.count)
            output.append(contentsOf: "\r\n".utf8)
        } else if hasBody, version == .http11 {
            output.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8)
        }
        if !keepsAlive {
            output.append(contentsOf: "Connection: close\r\n\r\n".utf8)
        } else if version == .http10 {
            output.append(contentsOf: "Connection: keep-alive\r\n\r\n".utf8)
        } else {
            output.append(contentsOf: "\r\n".utf8)
        }
        if hasBody, stream == nil, method != .head { output.append(contentsOf: body) }
    }

    private static func isFraming(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 4: bytes.spells(name, "date")
        case 10: bytes.spells(name, "connection")
        case 14: bytes.spells(name, "content-length")
        case 17: bytes.spells(name, "transfer-encoding")
        default: false
        }
    }
}

extension [UInt8] {
    /// Appends a number in decimal without making a `String`; negative numbers do not occur and become 0.
    mutating func append(decimal number: Int) {
        var rest = Swift.max(number, 0)
        let start = count
        repeat {
            append(UInt8(truncatingIfNeeded: rest % 10) + 0x30)
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }
}
