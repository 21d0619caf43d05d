/// `chunk-size [ chunk-ext ]` (RFC 9112 §7.1), without blanks anywhere.
struct ChunkHeader {
    let size: UInt64
    let extensionBytes: Int

    /// One to sixteen hex digits, then extensions: `;name`, `;name=token` or `;name="quoted"`. Else `nil`.
    ///
    /// Extensions are checked so that nothing hides in them, and mean nothing.
    init?(_ bytes: Span<UInt8>, _ line: Range<Int>) {
        var index = line.lowerBound
        var size: UInt64 = 0
        while index < line.upperBound, let digit = bytes[index].hexValue {
            guard index - line.lowerBound < 16 else { return nil }
            size = size << 4 | UInt64(digit)
            index += 1
        }
        guard index > line.lowerBound else { return nil }
        self.size = size
        extensionBytes = line.upperBound - index
        while index < line.upperBound {
            guard bytes[index] == UInt8(ascii: ";"),
                let end = Self.extensionEnd(bytes, index + 1..<line.upperBound)
            else { return nil }
            index = end
        }
    }

    private static func extensionEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard let nameEnd = tokenEnd(bytes, range) else { return nil }
        guard nameEnd < range.upperBound, bytes[nameEnd] == UInt8(ascii: "=") else { return nameEnd }
        let value = nameEnd + 1..<range.upperBound
        guard !value.isEmpty, bytes[value.lowerBound] == UInt8(ascii: "\"") else { return tokenEnd(bytes, value) }
        var index = value.lowerBound + 1
        while index < value.upperBound, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\") { index += 1 }
            guard index < value.upperBound, bytes[index].isFieldContent else { return nil }
            index += 1
        }
        return index < value.upperBound ? index + 1 : nil
    }

    private static func tokenEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound
        while index < range.upperBound, OctetSet.token.contains(bytes[index]) { index += 1 }
        return index > range.lowerBound ? index : nil
    }
}
