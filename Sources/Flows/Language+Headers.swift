public import Domain
public import HTTP

extension Language {
    /// What the browser prefers among these; English where it wants neither.
    public init(preferredBy headers: Headers) {
        var best: (language: Language, weight: Int)?
        for value in headers.values(of: "Accept-Language") {
            for range in value.utf8.split(separator: UInt8(ascii: ",")).prefix(32) {
                let parts = range.split(separator: UInt8(ascii: ";"))
                guard let tag = parts.first.map({ Self.trimmed(Array($0)[...]) }), let language = Language(tag: tag)
                else { continue }
                let weight = Self.weight(parts.dropFirst().first.map { Self.trimmed(Array($0)[...]) })
                if weight > best?.weight ?? 0 { best = (language, weight) }
            }
        }
        self = best?.language ?? .english
    }

    /// In thousandths (RFC 9110 §12.4.2): `q=0.8` is 800. What cannot be read counts as nothing.
    private static func weight(_ parameter: ArraySlice<UInt8>?) -> Int {
        guard let parameter else { return 1_000 }
        guard parameter.count >= 3, parameter.starts(with: "q=".utf8) || parameter.starts(with: "Q=".utf8)
        else { return 0 }
        let digits = parameter.dropFirst(2).filter { $0 != UInt8(ascii: ".") }
        guard digits.count <= 4, digits.allSatisfy({ (48...57).contains($0) }) else { return 0 }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
        return min(1_000, (digits.count..<4).reduce(value) { value, _ in value * 10 })
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 }
        while bytes.last == 0x20 || bytes.last == 0x09 { bytes.removeLast() }
        return bytes
    }
}
