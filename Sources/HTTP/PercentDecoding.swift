/// Percent-decoding (RFC 3986 §2.1), strict: two hex digits after every `%`, and UTF-8 without NUL as the result.
enum PercentDecoding {
    /// `nil` when anything is malformed. `plusIsSpace` is the rule of forms, never of paths.
    static func text(_ bytes: Span<UInt8>, _ range: Range<Int>, plusIsSpace: Bool) -> String? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            var octet = bytes[index]
            if octet == UInt8(ascii: "%") {
                guard range.upperBound - index > 2, let high = bytes[index + 1].hexValue,
                    let low = bytes[index + 2].hexValue
                else { return nil }
                octet = high << 4 | low
                index += 2
            } else if octet == UInt8(ascii: "+"), plusIsSpace {
                octet = 0x20
            }
            guard octet != 0 else { return nil }
            decoded.append(octet)
            index += 1
        }
        return String(validating: decoded, as: UTF8.self)
    }
}

/// The segments of a path, decoded (RFC 3986 §3.3).
enum PathSegments {
    /// `path` begins with a slash. See ``Request/pathSegments`` for what is `nil`.
    static func decode(_ bytes: Span<UInt8>, _ path: Range<Int>) -> [String]? {
        guard !path.isEmpty, bytes[path.lowerBound] == UInt8(ascii: "/") else { return nil }
        var segments: [String] = []
        var start = path.lowerBound + 1
        if start == path.upperBound { return segments }
        while start <= path.upperBound {
            var end = start
            while end < path.upperBound, bytes[end] != UInt8(ascii: "/") { end += 1 }
            guard let segment = PercentDecoding.text(bytes, start..<end, plusIsSpace: false), !segment.isEmpty,
                !isDotSegment(segment.utf8)
            else { return nil }
            segments.append(segment)
            start = end + 1
        }
        return segments
    }

    static func isDotSegment(_ text: some Collection<UInt8>) -> Bool {
        (text.count == 1 || text.count == 2) && text.allSatisfy { $0 == UInt8(ascii: ".") }
    }
}
