/// Eight octets at a time in one machine word, for the searches that see every byte of a head.
///
/// Each test answers for all eight at once and is exact when it says no. A borrow can make it say yes for an octet that
/// stands after a match, so whoever hears a yes looks at the octets.
private struct EightOctets {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080
    /// The first octet is the lowest byte.
    private let word: UInt64

    /// `start + 8` is at most the span's count.
    @inline(__always)
    init(_ bytes: RawSpan, at start: Int) {
        word = UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
    }

    /// The high bits of octets that are `octet`; the lowest one set is always a true match.
    @inline(__always)
    func marks(of octet: UInt8) -> UInt64 {
        let rest = word ^ (Self.ones &* UInt64(octet))
        return (rest &- Self.ones) & ~rest & Self.highBits
    }

    /// Whether any octet may be a control character: below 0x20, or 0x7F.
    @inline(__always)
    var mayHoldControl: Bool {
        let low = (word &- (Self.ones &* 0x20)) & ~word & Self.highBits
        return low | marks(of: 0x7F) != 0
    }
}

extension Span<UInt8> {
    /// The position of the first line feed at or after `start`.
    func firstLineFeed(from start: Int) -> Int? { first(0x0A, in: start..<count) }

    /// The position of the first `octet` in `range`.
    @inline(__always)
    func first(_ octet: UInt8, in range: Range<Int>) -> Int? {
        let raw = unsafe bytes
        let end = range.upperBound
        var index = range.lowerBound
        while end - index >= 8 {
            let marks = EightOctets(raw, at: index).marks(of: octet)
            if marks != 0 { return index + marks.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < end {
            if self[index] == octet { return index }
            index += 1
        }
        return nil
    }

    /// Whether the octets in `range` may all stand in a field's value.
    func isFieldContent(_ range: Range<Int>) -> Bool {
        let raw = unsafe bytes
        var index = range.lowerBound
        while range.upperBound - index >= 8 {
            // A tab is a control character that may stand there.
            if EightOctets(raw, at: index).mayHoldControl {
                for index in index..<index + 8 where !self[index].isFieldContent { return false }
            }
            index += 8
        }
        while index < range.upperBound {
            if !self[index].isFieldContent { return false }
            index += 1
        }
        return true
    }
}
