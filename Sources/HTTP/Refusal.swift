/// Why a message was not understood; after any of these the connection is closed.
///
/// Raw values are stable codes for logs and problem documents. Nothing of the message itself is kept.
public enum Refusal: String, Error, CaseIterable, Sendable {
    case malformedRequestLine = "malformed_request_line"
    case requestLineTooLong = "request_line_too_long"
    case unknownMethod = "unknown_method"
    case malformedTarget = "malformed_target"
    case unsupportedVersion = "unsupported_version"
    case bareLineFeed = "bare_line_feed"
    case foldedField = "folded_field"
    case malformedField = "malformed_field"
    case fieldsTooLarge = "fields_too_large"
    case tooManyFields = "too_many_fields"
    case missingHost = "missing_host"
    case repeatedHost = "repeated_host"
    case malformedHost = "malformed_host"
    case hostMismatch = "host_mismatch"
    case repeatedContentLength = "repeated_content_length"
    case malformedContentLength = "malformed_content_length"
    case repeatedTransferEncoding = "repeated_transfer_encoding"
    case unsupportedTransferEncoding = "unsupported_transfer_encoding"
    case transferEncodingInHTTP10 = "transfer_encoding_in_http_1_0"
    case conflictingFraming = "conflicting_framing"
    case unknownExpectation = "unknown_expectation"
    case bodyTooLarge = "body_too_large"
    case malformedChunk = "malformed_chunk"
    case chunkExtensionsTooLong = "chunk_extensions_too_long"
    case forbiddenTrailer = "forbidden_trailer"

    /// Always a 4xx: the fault lies with the message, also where RFC 9110 would allow 501 or 505.
    public var status: Int {
        switch self {
        case .unknownMethod: 405
        case .bodyTooLarge: 413
        case .requestLineTooLong: 414
        case .unknownExpectation: 417
        case .fieldsTooLarge, .tooManyFields: 431
        case .malformedRequestLine, .malformedTarget, .unsupportedVersion, .bareLineFeed, .foldedField,
            .malformedField, .missingHost, .repeatedHost, .malformedHost, .hostMismatch, .repeatedContentLength,
            .malformedContentLength, .repeatedTransferEncoding, .unsupportedTransferEncoding,
            .transferEncodingInHTTP10, .conflictingFraming, .malformedChunk, .chunkExtensionsTooLong,
            .forbiddenTrailer:
            400
        }
    }

    /// One sentence for the person who reads the answer.
    public var sentence: String {
        switch self {
        case .malformedRequestLine: "The request line is malformed."
        case .requestLineTooLong: "The request line is too long."
        case .unknownMethod: "The request method is not known here."
        case .malformedTarget: "The request target is malformed."
        case .unsupportedVersion: "Only HTTP/1.1 and HTTP/1.0 are spoken here."
        case .bareLineFeed: "A line must end with CR and LF."
        case .foldedField: "A header field must not be folded."
        case .malformedField: "A header field is malformed."
        case .fieldsTooLarge: "The header fields are too large."
        case .tooManyFields: "There are too many header fields."
        case .missingHost: "The Host field is missing."
        case .repeatedHost: "The Host field is repeated."
        case .malformedHost: "The Host field is malformed."
        case .hostMismatch: "The Host field and the request target name different hosts."
        case .repeatedContentLength: "The Content-Length field is repeated."
        case .malformedContentLength: "The Content-Length field is malformed."
        case .repeatedTransferEncoding: "The Transfer-Encoding field is repeated."
        case .unsupportedTransferEncoding: "The only transfer encoding is chunked."
        case .transferEncodingInHTTP10: "HTTP/1.0 has no transfer encodings."
        case .conflictingFraming: "Content-Length and Transfer-Encoding must not be combined."
        case .unknownExpectation: "The only expectation is 100-continue."
        case .bodyTooLarge: "The body is too large."
        case .malformedChunk: "A chunk of the body is malformed."
        case .chunkExtensionsTooLong: "The chunk extensions are too long."
        case .forbiddenTrailer: "A trailer field must not say where a message ends or where it goes."
        }
    }

    /// A complete answer in JSON; the sender adds `Connection: close` when it writes it.
    ///
    /// A 405 must carry `Allow` (RFC 9110 §15.5.6).
    public var response: Response {
        var response = Response.refusal(status: status, code: rawValue, sentence: sentence)
        if status == 405 { response.headers.set("Allow", Method.allowValue(Method.allCases)) }
        return response
    }
}
