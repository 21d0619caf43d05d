/// A set of ASCII characters as two words, so that a test is one shift and no table is loaded.
struct OctetSet: Sendable {
    /// Bit `n` stands for the octet `n`.
    let low: UInt64
    /// Bit `n` stands for the octet `64 + n`.
    let high: UInt64

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool {
        if octet < 64 { return (low >> UInt64(octet)) & 1 == 1 }
        if octet < 128 { return (high >> UInt64(octet & 63)) & 1 == 1 }
        return false
    }
}

extension OctetSet {
    /// `tchar` (RFC 9110 §5.6.2).
    static var token: OctetSet { OctetSet(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }

    /// `pchar`, `/`, and `%`, whose two digits are checked apart (RFC 3986 §3.3).
    static var path: OctetSet { OctetSet(low: 0x2FFF_FFF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFF) }

    /// Visible ASCII without `"`, `#`, `<` and `>`.
    ///
    /// Wider than RFC 3986 §3.4 by ``[]\^`{|}``, because browsers send these in a query as they are
    /// (WHATWG URL, "query percent-encode set").
    static var query: OctetSet { OctetSet(low: 0xAFFF_FFF2_0000_0000, high: 0x7FFF_FFFF_FFFF_FFFF) }

    /// `cookie-octet`: visible ASCII without `"`, `,`, `;` and `\` (RFC 6265bis §4.1.1).
    static var cookie: OctetSet { OctetSet(low: 0xF7FF_EFFA_0000_0000, high: 0x7FFF_FFFF_EFFF_FFFF) }

    /// Letters, digits, `-`, `.` and `_`: what names of hosts and request ids are made of.
    static var plainName: OctetSet { OctetSet(low: 0x03FF_6000_0000_0000, high: 0x07FF_FFFE_87FF_FFFE) }
}

extension UInt8 {
    @inline(__always)
    var isDigit: Bool { self &- 0x30 < 10 }

    @inline(__always)
    var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// `field-vchar`, space or tab: anything but controls; octets above 0x7F are `obs-text` (RFC 9110 §5.5).
    @inline(__always)
    var isFieldContent: Bool { (self >= 0x20 && self != 0x7F) || self == 0x09 }

    @inline(__always)
    var lowered: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        default: nil
        }
    }
}

extension Span<UInt8> {
    /// Whether the octets in `range` spell `text`, which is lower-case ASCII, in any case.
    @inline(__always)
    func spells(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count where self[range.lowerBound + offset].lowered != text.octet(at: offset) {
            return false
        }
        return true
    }

    /// Whether the octets in `range` are exactly those of `text`.
    @inline(__always)
    func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count where self[range.lowerBound + offset] != text.octet(at: offset) { return false }
        return true
    }

    /// `range` without blanks at either end (`OWS`, RFC 9110 §5.6.3).
    @inline(__always)
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, self[start].isBlank { start += 1 }
        while end > start, self[end - 1].isBlank { end -= 1 }
        return start..<end
    }
}

extension StaticString {
    /// `offset` lies within the literal: callers have compared lengths.
    @inline(__always)
    fileprivate func octet(at offset: Int) -> UInt8 { unsafe utf8Start[offset] }
}

extension Sequence<UInt8> {
    /// Whether `text` stands in it somewhere, octet by octet.
    public func holds(_ text: some Sequence<UInt8>) -> Bool {
        let (all, wanted) = (Array(self), Array(text))
        guard wanted.count <= all.count else { return false }
        return (0...all.count - wanted.count).contains { start in
            wanted.indices.allSatisfy { all[start + $0] == wanted[$0] }
        }
    }
}
