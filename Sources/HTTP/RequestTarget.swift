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

/// `uri-host [ ":" port ]` (RFC 9110 §7.2), narrower than the grammar.
///
/// A registered name holds letters, digits, `-`, `.` and `_` only, because no name in the DNS needs more and
/// lists, quotes and escapes in a Host are attacks; an address in brackets must be IPv6; a port has one to five digits.
enum Authority {
    static func isValid(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard !range.isEmpty, range.count <= 262 else { return false }
        var index = range.lowerBound
        if bytes[index] == UInt8(ascii: "[") {
            var end = index + 1
            while end < range.upperBound, bytes[end] != UInt8(ascii: "]") { end += 1 }
            guard end < range.upperBound, IPAddress.parseV6(bytes, index + 1..<end) != nil else { return false }
            index = end + 1
        } else {
            while index < range.upperBound, OctetSet.plainName.contains(bytes[index]) { index += 1 }
            guard index > range.lowerBound, index - range.lowerBound <= 255 else { return false }
        }
        guard index < range.upperBound else { return true }
        guard bytes[index] == UInt8(ascii: ":") else { return false }
        let digits = index + 1..<range.upperBound
        guard (1...5).contains(digits.count) else { return false }
        var port = 0
        for index in digits {
            guard bytes[index].isDigit else { return false }
            port = port * 10 + Int(bytes[index] - 0x30)
        }
        return port <= 65_535
    }
}
