/// The fields of a query or a form body, in order (`application/x-www-form-urlencoded`).
///
/// Names are compared byte by byte: two spellings that Unicode calls equal are two names.
public struct FormFields: Sendable {
    public private(set) var pairs: [Pair] = []

    public struct Pair: Sendable {
        public let name: String
        public let value: String
    }

    public init() {}

    /// `+` is a space and `%XX` an octet; the result must be UTF-8 without NUL. Malformed, or more than `limit`
    /// fields: `nil`.
    ///
    /// A field without `=` has an empty value; empty fields, as in `a=1&&b=2`, are skipped.
    public init?(parsing bytes: some Collection<UInt8>, limit: Int = 256) {
        let bytes = Array(bytes)
        let span = bytes.span
        var start = 0
        while start < span.count {
            var end = start
            var equals: Int?
            while end < span.count, span[end] != UInt8(ascii: "&") {
                if equals == nil, span[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            if end > start {
                guard pairs.count < limit,
                    let name = PercentDecoding.text(span, start..<(equals ?? end), plusIsSpace: true),
                    let value = PercentDecoding.text(
                        span, (equals.map { $0 + 1 } ?? end)..<end, plusIsSpace: true)
                else { return nil }
                pairs.append(Pair(name: name, value: value))
            }
            start = end + 1
        }
    }

    /// The first value of that name.
    public subscript(name: String) -> String? { pairs.first { $0.name.utf8.elementsEqual(name.utf8) }?.value }

    /// Every value of that name. OAuth allows one at most (RFC 6749 §3.1).
    public func values(of name: String) -> [String] {
        pairs.compactMap { $0.name.utf8.elementsEqual(name.utf8) ? $0.value : nil }
    }
}
