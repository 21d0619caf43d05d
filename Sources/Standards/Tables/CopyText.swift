/// A row as PostgreSQL's `COPY … TO` writes it in its text format: fields between tabs, with escapes.
enum CopyText {
    /// `nil` for a field stands for NULL.
    static func fields(_ line: ArraySlice<UInt8>) -> [[UInt8]?] {
        line.split(separator: 0x09, omittingEmptySubsequences: false).map(field)
    }

    private static func field(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.contains(UInt8(ascii: "\\")) else { return Array(text) }
        return text.elementsEqual("\\N".utf8) ? nil : unescaped(text)
    }

    static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var value: [UInt8] = []
        value.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                value.append(byte)
                continue
            }
            switch escaped {
            case UInt8(ascii: "b"): value.append(0x08)
            case UInt8(ascii: "f"): value.append(0x0C)
            case UInt8(ascii: "n"): value.append(0x0A)
            case UInt8(ascii: "r"): value.append(0x0D)
            case UInt8(ascii: "t"): value.append(0x09)
            case UInt8(ascii: "v"): value.append(0x0B)
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                value.append(number(first: escaped, &rest, base: 8, digits: 2))
            case UInt8(ascii: "x"):
                guard let first = rest.first, digit(first) < 16 else {
                    value.append(escaped)
                    break
                }
                rest.removeFirst()
                value.append(number(first: first, &rest, base: 16, digits: 1))
            default: value.append(escaped)
            }
        }
        return value
    }

    /// What overflows a byte is cut off, as PostgreSQL does.
    private static func number(first: UInt8, _ rest: inout ArraySlice<UInt8>, base: UInt8, digits: Int) -> UInt8 {
        var value = digit(first)
        for _ in 0..<digits {
            guard let next = rest.first, digit(next) < base else { break }
            value = value &* base &+ digit(next)
            rest.removeFirst()
        }
        return value
    }

    /// 255 for what is no digit.
    private static func digit(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: 255
        }
    }
}
