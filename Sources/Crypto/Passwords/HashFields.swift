/// The pieces that stored hashes are written of.
enum HashFields {
    typealias Field = ArraySlice<UInt8>

    static func split(_ text: Field, at separator: Unicode.Scalar) -> [Field] {
        text.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false)
    }

    static func text(_ field: Field) -> String { String(decoding: field, as: UTF8.self) }

    /// A number without sign and leading zeros. Ten digits at most, so that nothing overflows.
    static func number(_ digits: Field) -> Int? {
        guard (1...10).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else {
            return nil
        }
        var value = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            value = value * 10 + Int(digit - 48)
        }
        return value
    }

    /// `19456` of `m=19456`, for the name `m`.
    static func number(_ field: Field?, named name: StaticString) -> Int? {
        field.flatMap { named($0, name) }.flatMap { number($0) }
    }

    /// What stands behind `name=`.
    static func named(_ field: Field, _ name: StaticString) -> Field? {
        let start = "\(name)=".utf8
        return field.starts(with: start) ? field.dropFirst(start.count) : nil
    }

    /// Lower-case or upper-case, two digits for a byte.
    static func hexadecimal(_ field: Field) -> [UInt8]? {
        guard field.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in field {
            let value: UInt8
            switch digit {
            case 48...57: value = digit - 48
            case 65...70: value = digit - 55
            case 97...102: value = digit - 87
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    /// A salt that was used as the text it is: 1 to 128 visible characters of ASCII.
    static func textSalt(_ field: Field) -> [UInt8]? {
        (1...128).contains(field.count) && field.allSatisfy { (0x21...0x7E).contains($0) } ? Array(field) : nil
    }

    /// The place of a character among `./0-9A-Za-z`, the digits of crypt(3).
    static func cryptDigit(_ character: UInt8) -> Int? {
        switch character {
        case 46...57: Int(character) - 46
        case 65...90: Int(character) - 53
        case 97...122: Int(character) - 59
        default: nil
        }
    }

    /// Whether these are crypt(3)'s digits, lowest bits first, for a whole number of bytes and without other bits.
    static func isCrypt(_ field: Field) -> Bool {
        guard field.allSatisfy({ cryptDigit($0) != nil }) else { return false }
        guard let last = field.last.flatMap({ cryptDigit($0) }) else { return false }
        switch field.count % 4 {
        case 0: return true
        case 2: return last < 4
        case 3: return last < 16
        default: return false
        }
    }
}
