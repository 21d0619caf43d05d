/// A country whose people write their numbers without it.
public enum PhoneCountry: String, CaseIterable, Hashable, Sendable {
    case brazil = "BR"
}

/// Telephone numbers in the international form (ITU-T E.164): `+5511987654321`.
public enum PhoneNumber {
    /// Spaces, hyphens, dots and parentheses are for people, and left out.
    ///
    /// - Parameter country: where numbers without a country are from; `nil` refuses them.
    public static func parse(_ text: String, in country: PhoneCountry?) -> String? {
        var digits: [UInt8] = []
        var isInternational = false
        for (place, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte)
            case UInt8(ascii: "+") where place == 0: isInternational = true
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"): break
            default: return nil
            }
        }
        if !isInternational {
            switch country {
            case nil: return nil
            case .brazil:
                // The trunk prefix is dialled and no part of the number.
                if digits.first == UInt8(ascii: "0") { digits.removeFirst() }
                digits = Array("55".utf8) + digits
            }
        }
        guard (8...15).contains(digits.count), digits[0] != UInt8(ascii: "0") else { return nil }
        if digits.starts(with: "55".utf8), !isBrazilian(digits.dropFirst(2)) { return nil }
        return "+" + String(decoding: digits, as: UTF8.self)
    }

    /// Two digits for the area, none of them 0; nine for a mobile telephone, of which the first is 9, or eight that begin
    /// with 2 to 5.
    private static func isBrazilian(_ digits: ArraySlice<UInt8>) -> Bool {
        let digits = Array(digits)
        guard digits.count >= 10, digits[0] != UInt8(ascii: "0"), digits[1] != UInt8(ascii: "0") else { return false }
        return switch digits.count {
        case 11: digits[2] == UInt8(ascii: "9")
        case 10: (UInt8(ascii: "2")...UInt8(ascii: "5")).contains(digits[2])
        default: false
        }
    }
}
