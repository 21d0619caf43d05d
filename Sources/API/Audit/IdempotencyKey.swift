internal import HTTP

/// What the field `Idempotency-Key` says (draft-ietf-httpapi-idempotency-key-header): a structured string.
///
/// Quoted as the draft wants, or bare as most clients send it; both are the same key.
enum IdempotencyKey: Equatable {
    case absent
    case malformed
    case given(String)

    static let field: FieldName = "Idempotency-Key"
    static let longest = 128

    init(_ headers: Headers) {
        guard let value = headers[Self.field] else {
            self = .absent
            return
        }
        guard headers.count(of: Self.field) == 1, let key = Self.unquoted(Array(value.utf8)),
            (1...Self.longest).contains(key.count), key.allSatisfy({ (0x20...0x7E).contains($0) })
        else {
            self = .malformed
            return
        }
        self = .given(String(decoding: key, as: UTF8.self))
    }

    /// RFC 9651 §3.3.3; bare text must have no quotation mark and no space.
    private static func unquoted(_ bytes: [UInt8]) -> [UInt8]? {
        let (quote, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
        guard bytes.first == quote else {
            return bytes.contains { $0 == quote || $0 == 0x20 || $0 == backslash } ? nil : bytes
        }
        guard bytes.count >= 2, bytes.last == quote else { return nil }
        var key: [UInt8] = []
        var rest = bytes[1..<(bytes.count - 1)]
        while let byte = rest.popFirst() {
            if byte == quote { return nil }
            guard byte == backslash else {
                key.append(byte)
                continue
            }
            guard let escaped = rest.popFirst(), escaped == quote || escaped == backslash else { return nil }
            key.append(escaped)
        }
        return key
    }
}
