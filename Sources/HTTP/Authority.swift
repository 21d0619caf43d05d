/// `uri-host [ ":" port ]` (RFC 9110 §7.2), narrower than the grammar.
///
/// A registered name holds letters, digits, `-`, `.` and `_` only, because no name in the DNS needs more and
/// lists, quotes and escapes in a Host are attacks; an address in brackets must be IPv6; a port has one to five digits.
public enum Authority {
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

    /// The one spelling that hosts are looked up by, or `nil` for what is no authority.
    ///
    /// Lower case; the dot that ends a fully qualified name is dropped, and so is a port that the scheme implies, where
    /// the scheme is known. An IPv6 address keeps the form in which it was sent.
    public static func canonical(_ text: some Collection<UInt8>, isSecure: Bool?) -> String? {
        let bytes = Array(text)
        guard isValid(bytes.span, 0..<bytes.count) else { return nil }
        return Places(bytes.span, 0..<bytes.count, isSecure: isSecure)?.text(bytes.span)
    }

    /// Where the parts of an authority that ``isValid(_:_:)`` accepts lie.
    struct Places {
        /// Without the dot at its end.
        let name: Range<Int>
        /// `nil` where it says nothing that the scheme does not.
        let port: Int?

        init?(_ bytes: Span<UInt8>, _ range: Range<Int>, isSecure: Bool?) {
            var end = range.upperBound
            while end > range.lowerBound, bytes[end - 1].isDigit { end -= 1 }
            if end > range.lowerBound, bytes[end - 1] == UInt8(ascii: ":") {
                var number = 0
                for index in end..<range.upperBound { number = number * 10 + Int(bytes[index] - 0x30) }
                port = isSecure.map { $0 ? 443 : 80 } == number ? nil : number
                end -= 1
            } else {
                port = nil
                end = range.upperBound
            }
            if end > range.lowerBound, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
            guard end > range.lowerBound else { return nil }
            name = range.lowerBound..<end
        }

        func text(_ bytes: Span<UInt8>) -> String? {
            var text: [UInt8] = []
            text.reserveCapacity(name.count + 6)
            for index in name { text.append(bytes[index].lowered) }
            if let port { text.append(contentsOf: ":\(port)".utf8) }
            return String(validating: text, as: UTF8.self)
        }

        /// Whether ``text(_:)`` would be that, without making it.
        func spell(_ bytes: Span<UInt8>, _ authority: Span<UInt8>) -> Bool {
            var end = authority.count
            if var port {
                // From the last digit to the first.
                repeat {
                    guard end > 0, authority[end - 1] == UInt8(port % 10) + 0x30 else { return false }
                    port /= 10
                    end -= 1
                } while port > 0
                guard end > 0, authority[end - 1] == UInt8(ascii: ":") else { return false }
                end -= 1
            }
            guard end == name.count else { return false }
            for offset in 0..<end where bytes[name.lowerBound + offset].lowered != authority[offset] { return false }
            return true
        }
    }
}

extension Request {
    private static let hostField: FieldName = "Host"

    /// The authority that the client meant, in the spelling of ``Authority/canonical(_:isSecure:)``.
    ///
    /// The Host field says it for an absolute target as well: the parser lets none through that names another.
    public var authority: String? {
        guard case .value(let value) = headers.single(Self.hostField) else { return nil }
        return Authority.canonical(value, isSecure: isSecure)
    }

    /// Whether ``authority`` is that, without making a text: asked of every request.
    public func isAddressed(to authority: String) -> Bool {
        guard case .value(let value) = headers.single(Self.hostField) else { return false }
        let range = 0..<value.count
        guard Authority.isValid(value.span, range),
            let places = Authority.Places(value.span, range, isSecure: isSecure)
        else { return false }
        return places.spell(value.span, authority.utf8Span.span)
    }
}
