/// The request methods this server knows (RFC 9110 §9, RFC 5789), in the order an `Allow` field lists them.
///
/// Any other token is refused by the parser, `CONNECT` and `TRACE` among them.
public enum Method: String, CaseIterable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"

    /// Names are case-sensitive (RFC 9110 §9.1): `get` is not a method.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        switch range.count {
        case 3 where bytes.equals(range, "GET"): self = .get
        case 4 where bytes.equals(range, "POST"): self = .post
        case 3 where bytes.equals(range, "PUT"): self = .put
        case 4 where bytes.equals(range, "HEAD"): self = .head
        case 5 where bytes.equals(range, "PATCH"): self = .patch
        case 6 where bytes.equals(range, "DELETE"): self = .delete
        case 7 where bytes.equals(range, "OPTIONS"): self = .options
        default: return nil
        }
    }

    /// The value of an `Allow` field: `GET, HEAD, POST`.
    public static func allowValue(_ methods: [Method]) -> String {
        methods.map(\.rawValue).joined(separator: ", ")
    }
}
