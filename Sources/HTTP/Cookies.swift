/// A request's cookies, found where they stand (RFC 6265bis §4.2.1).
///
/// Nothing is decoded and nothing copied: a request without the cookie costs one look at its fields. Names are compared
/// byte by byte. What may be searched is bounded by ``ParserLimits``.
public struct Cookies: Sendable {
    private let headers: Headers
    private static let field: FieldName = "Cookie"

    public init(_ headers: Headers) { self.headers = headers }

    /// The value of the only cookie of that name, as it was sent, quotes included.
    ///
    /// More than one says nothing: a site on a sibling host can plant a second cookie of the same name, and the order
    /// in which they come proves nothing (§5.8.3). All Cookie fields count as one list, because proxies that speak
    /// HTTP/2 may send each cookie apart (RFC 9113 §8.2.3).
    public subscript(name: String) -> Headers.Single {
        guard headers.mayContain(Self.field) else { return .absent }
        let bytes = headers.bytes.span
        var found: Range<Int>?
        for field in headers.fields where headers.matches(field, Self.field) {
            var start = field.value.lowerBound
            let limit = field.value.upperBound
            while start < limit {
                let end = bytes.first(UInt8(ascii: ";"), in: start..<limit) ?? limit
                if let value = Self.value(of: name, bytes, start..<end) {
                    if found != nil { return .repeated }
                    found = value
                }
                start = end + 1
            }
        }
        return found.map { .value(headers.bytes[$0]) } ?? .absent
    }

    /// Where the value of a `name=value` stands that has this name; blanks before and after it do not count.
    ///
    /// A blank after the name makes it another name: a browser that lets a page set that one does not see the prefix which
    /// keeps other hosts from setting this one.
    @inline(__always)
    private static func value(of name: String, _ bytes: Span<UInt8>, _ pair: Range<Int>) -> Range<Int>? {
        let wanted = name.utf8Span.span
        var start = pair.lowerBound
        while start < pair.upperBound, bytes[start].isBlank { start += 1 }
        guard pair.upperBound - start > wanted.count else { return nil }
        for offset in 0..<wanted.count where bytes[start + offset] != wanted[offset] { return nil }
        let index = start + wanted.count
        guard index < pair.upperBound, bytes[index] == UInt8(ascii: "=") else { return nil }
        return bytes.trimmed(index + 1..<pair.upperBound)
    }
}
