/// The forms in which an answer can be sent (RFC 9110 §8.4).
public enum ContentCoding: Sendable {
    case identity
    case gzip

    /// What a client that sent these fields is best served with, of the two (RFC 9110 §12.5.3).
    ///
    /// Compressed, where the client says that it takes it and does not like the plain form better. Without
    /// `Accept-Encoding` a client gets the plain form, and also where it refuses both: §12.4.1 leaves that to us,
    /// and an answer is of more use than a 406. An element that is malformed is passed over.
    public static func preferred(_ headers: Headers) -> ContentCoding {
        guard headers.contains("Accept-Encoding") else { return .identity }
        var gzip: Int?
        var identity: Int?
        var others: Int?
        for value in headers.values(of: "Accept-Encoding") {
            for element in value.utf8.split(separator: UInt8(ascii: ",")) {
                guard let (name, weight) = weighted(element) else { continue }
                switch name {
                case "gzip", "x-gzip": gzip = gzip ?? weight
                case "identity": identity = identity ?? weight
                case "*": others = others ?? weight
                default: continue
                }
            }
        }
        let compressed = gzip ?? others ?? 0
        return compressed > 0 && compressed >= (identity ?? 0) ? .gzip : .identity
    }

    /// The name in lower case, and its weight in thousandths.
    private static func weighted(_ element: Substring.UTF8View) -> (String, Int)? {
        let parts = element.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2 else { return nil }
        let name = String(decoding: trimmed(first).map(\.lowered), as: UTF8.self)
        guard parts.count == 2 else { return (name, 1_000) }
        let weight = trimmed(parts[1])
        guard weight.count >= 3, weight.first?.lowered == UInt8(ascii: "q"),
            weight.dropFirst().first == UInt8(ascii: "="), let value = thousandths(weight.dropFirst(2))
        else { return nil }
        return (name, value)
    }

    /// `qvalue` (RFC 9110 §12.4.2): from 0 to 1 with at most three decimals.
    private static func thousandths(_ text: Substring.UTF8View) -> Int? {
        var digits = Array(text)
        guard (1...5).contains(digits.count) else { return nil }
        if digits.count == 1 { digits.append(UInt8(ascii: ".")) }
        guard digits[1] == UInt8(ascii: "."), digits.enumerated().allSatisfy({ $0 == 1 || $1.isDigit }) else {
            return nil
        }
        while digits.count < 5 { digits.append(UInt8(ascii: "0")) }
        let value = [0, 2, 3, 4].reduce(0) { $0 * 10 + Int(digits[$1] - UInt8(ascii: "0")) }
        return value <= 1_000 ? value : nil
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = text.drop(while: \.isBlank)
        while text.last?.isBlank == true { text.removeLast() }
        return text
    }
}
