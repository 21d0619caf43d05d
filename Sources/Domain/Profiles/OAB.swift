/// Numbers of Brazil's bar, the Ordem dos Advogados do Brasil: each state's section counts for itself.
public enum OAB {
    /// The federative units, by their abbreviations.
    public static let units = [
        "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA", "PB", "PE", "PI", "PR",
        "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
    ]

    /// `sp` is `SP`.
    public static func unit(_ text: String) -> String? {
        let bytes = text.utf8.map(upper)
        return units.first { $0.utf8.elementsEqual(bytes) }
    }

    /// 1 to 6 digits without leading zeros, also written `123.456`; a supplementary or trainee's number has one letter
    /// after a hyphen, also written without it or with a slash.
    public static func number(_ text: String) -> String? {
        var bytes = text.utf8.map(upper)
        var letter: UInt8?
        if let last = bytes.last, isLetter(last) {
            letter = last
            bytes.removeLast()
            if let mark = bytes.last, mark == UInt8(ascii: "-") || mark == UInt8(ascii: "/") { bytes.removeLast() }
        }
        if let dot = bytes.firstIndex(of: UInt8(ascii: ".")) {
            guard bytes.count - dot == 4, (1...3).contains(dot) else { return nil }
            bytes.remove(at: dot)
        }
        guard (1...6).contains(bytes.count), bytes.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let digits = bytes.drop { $0 == UInt8(ascii: "0") }
        guard !digits.isEmpty else { return nil }
        let suffix = letter.map { [UInt8(ascii: "-"), $0] } ?? []
        return String(decoding: digits + suffix, as: UTF8.self)
    }

    /// `SP 123456`, also written `OAB/SP 123.456`, `SP123456` or `123456/SP`.
    public static func whole(_ text: String) -> String? {
        var bytes = text.utf8.map(upper)
        if bytes.starts(with: "OAB".utf8) {
            bytes.removeFirst(3)
            guard let mark = bytes.first, isMark(mark) else { return nil }
            bytes.removeFirst()
        }
        guard bytes.count >= 3 else { return nil }
        var (name, rest) = (bytes.prefix(2), bytes.dropFirst(2))
        if !name.allSatisfy(isLetter) {
            (name, rest) = (bytes.suffix(2), bytes.dropLast(2))
            // `123456SP` could be a number with a letter as well.
            guard let mark = rest.last, isMark(mark) else { return nil }
            rest = rest.dropLast()
        } else if let mark = rest.first, isMark(mark) {
            rest = rest.dropFirst()
        }
        guard let unit = unit(String(decoding: name, as: UTF8.self)),
            let number = number(String(decoding: rest, as: UTF8.self))
        else { return nil }
        return "\(unit) \(number)"
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "-")
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) }

    private static func upper(_ byte: UInt8) -> UInt8 { (97...122).contains(byte) ? byte - 32 : byte }
}
