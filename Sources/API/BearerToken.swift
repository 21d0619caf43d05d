internal import HTTP

/// What the `Authorization` field says (RFC 6750 §2.1). Other schemes count as malformed: none is spoken here.
enum BearerToken: Equatable {
    case absent
    case malformed
    case presented(String)

    private static let field: FieldName = "Authorization"
    private static let scheme = Array("bearer".utf8)

    /// The scheme's name is compared without case (RFC 9110 §11.1). A field given twice is malformed, because
    /// a proxy could have checked the other one.
    init(_ headers: Headers) {
        guard let value = headers.bytes(of: Self.field) else {
            self = .absent
            return
        }
        let count = Self.scheme.count
        guard headers.count(of: Self.field) == 1, value.count > count + 1,
            value[value.startIndex + count] == UInt8(ascii: " "),
            zip(value, Self.scheme).allSatisfy({ $0 | 0x20 == $1 })
        else {
            self = .malformed
            return
        }
        let token = value[(value.startIndex + count + 1)...].drop { $0 == UInt8(ascii: " ") }
        self = .presented(String(decoding: token, as: UTF8.self))
    }
}
