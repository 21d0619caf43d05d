/// Where the parts of a request target lie (RFC 9112 §3.2).
///
/// Origin form, absolute form, and `*` for OPTIONS. Authority form belongs to CONNECT and is refused.
struct RequestTarget {
    /// Empty for an absolute form without one; the path is then `/`.
    var path: Range<Int>
    /// After the `?`.
    var query: Range<Int>?
    /// Only in absolute form.
    var authority: Range<Int>?

    /// Anything outside the grammar is `nil`: fragments, spaces, controls, non-ASCII, `%` without two digits in the
    /// path, an authority with user information.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>, isOptions: Bool) {
        guard !range.isEmpty else { return nil }
        var start = range.lowerBound
        if bytes[start] != UInt8(ascii: "/") {
            if isOptions, range.count == 1, bytes[start] == UInt8(ascii: "*") {
                path = range
                return
            }
            guard let schemeEnd = Self.schemeEnd(bytes, range) else { return nil }
            start = schemeEnd
            while start < range.upperBound, bytes[start] != UInt8(ascii: "/"), bytes[start] != UInt8(ascii: "?") {
                start += 1
            }
            authority = schemeEnd..<start
        }
        var index = start
        while index < range.upperBound, bytes[index] != UInt8(ascii: "?") {
            guard OctetSet.path.contains(bytes[index]) else { return nil }
            if bytes[index] == UInt8(ascii: "%") {
                guard range.upperBound - index > 2, bytes[index + 1].hexValue != nil, bytes[index + 2].hexValue != nil
                else { return nil }
            }
            index += 1
        }
        path = start..<index
        guard index < range.upperBound else { return }
        query = index + 1..<range.upperBound
        for index in index + 1..<range.upperBound where !OctetSet.query.contains(bytes[index]) { return nil }
    }

    /// The position after `http://` or `https://`.
    private static func schemeEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        for scheme in ["http://", "https://"] as [StaticString] {
            let end = range.lowerBound + scheme.utf8CodeUnitCount
            if end <= range.upperBound, bytes.spells(range.lowerBound..<end, scheme) { return end }
        }
        return nil
    }
}
