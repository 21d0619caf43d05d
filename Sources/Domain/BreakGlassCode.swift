/// What opens one operator session when nothing else does: kept on paper, good once.
public struct BreakGlassCode: Sendable {
    /// 160 random bits.
    public let secret: Secret

    public static let byteCount = 20
    private static let symbolCount = 32
    private static let checkCount = 4
    private static let groupLength = 4
    /// Crockford's base 32: no letter that could be taken for a digit.
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// `nil` for any other count of bytes.
    public init?(_ secret: Secret) {
        guard secret.count == Self.byteCount else { return nil }
        self.secret = secret
    }

    /// As it is printed, in groups of four. The last group is a checksum, for slips of the pen.
    ///
    /// - Parameter check: at least three bytes of a digest of the secret.
    public func text(check: [UInt8]) -> String {
        let symbols = Self.symbols(of: secret.exposed) + Self.checkSymbols(check)
        var text: [UInt8] = []
        for (place, symbol) in symbols.enumerated() {
            if place > 0, place % Self.groupLength == 0 { text.append(UInt8(ascii: "-")) }
            text.append(symbol)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads what somebody typed: in either case, with any hyphens and spaces; `I` and `L` are one, `O` is zero.
    ///
    /// - Parameter check: makes a digest of the secret. `nil` for what was never printed.
    public init?(typed text: String, check: (Secret) -> [UInt8]) {
        guard text.utf8.count <= 128 else { return nil }
        var digits: [UInt8] = []
        for byte in text.utf8 where byte != UInt8(ascii: "-") && byte != UInt8(ascii: " ") {
            guard let digit = Self.digit(byte) else { return nil }
            digits.append(digit)
        }
        guard digits.count == Self.symbolCount + Self.checkCount else { return nil }
        let secret = Secret(Self.bytes(of: digits[..<Self.symbolCount]))
        let expected = Self.checkSymbols(check(secret)).compactMap(Self.digit)
        guard expected.elementsEqual(digits[Self.symbolCount...]) else { return nil }
        self.secret = secret
    }

    private static func symbols(of bytes: [UInt8]) -> [UInt8] {
        var symbols: [UInt8] = []
        var (buffer, bits) = (0, 0)
        for byte in bytes {
            buffer = (buffer << 8 | Int(byte)) & 0xFFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                symbols.append(alphabet[buffer >> bits & 31])
            }
        }
        return symbols
    }

    private static func checkSymbols(_ digest: [UInt8]) -> [UInt8] {
        Array(symbols(of: Array(digest.prefix(3))).prefix(checkCount))
    }

    private static func bytes(of digits: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var (buffer, bits) = (0, 0)
        for digit in digits {
            buffer = (buffer << 5 | Int(digit)) & 0xFFFF
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        let upper = (97...122).contains(byte) ? byte - 32 : byte
        switch upper {
        case UInt8(ascii: "O"): return 0
        case UInt8(ascii: "I"), UInt8(ascii: "L"): return 1
        default: return alphabet.firstIndex(of: upper).map { UInt8($0) }
        }
    }
}
