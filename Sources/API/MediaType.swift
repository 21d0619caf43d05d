/// What a `Content-Type` field names (RFC 9110 §8.3.1).
enum MediaType {
    /// True for `application/json` in any case and with any parameters.
    static func isJSON(_ value: String?) -> Bool {
        guard let value else { return false }
        let wanted = "application/json".utf8
        var rest = value.utf8[...]
        for byte in wanted {
            guard let first = rest.popFirst(), (65...90).contains(first) ? first | 0x20 == byte : first == byte else {
                return false
            }
        }
        let after = rest.first { $0 != 0x20 && $0 != 0x09 }
        return after == nil || after == UInt8(ascii: ";")
    }
}
