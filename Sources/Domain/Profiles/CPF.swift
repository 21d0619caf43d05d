/// Brazil's number of a natural person (Cadastro de Pessoas Físicas).
public enum CPF {
    public enum Problem: String, Error, CaseIterable, Sendable {
        case form = "invalid_cpf"
        /// Eleven times the same digit passes the check and is nobody's number.
        case repeated = "cpf_repeated_digits"
        case checkDigits = "cpf_check_digits"
    }

    /// The eleven digits of `529.982.247-25` or `52998224725`.
    public static func parse(_ text: String) -> Result<String, Problem> {
        let bytes = Array(text.utf8)
        let digits = bytes.filter { (48...57).contains($0) }
        guard digits.count == 11, bytes.count == 11 || bytes.elementsEqual(formatted(digits)) else {
            return .failure(.form)
        }
        if digits.allSatisfy({ $0 == digits[0] }) { return .failure(.repeated) }
        guard check(digits[..<9]) == digits[9], check(digits[..<10]) == digits[10] else {
            return .failure(.checkDigits)
        }
        return .success(String(decoding: digits, as: UTF8.self))
    }

    /// As people write it; for eleven digits only, anything else comes back as it is.
    public static func shown(_ digits: String) -> String {
        let bytes = Array(digits.utf8)
        return bytes.count == 11 ? String(decoding: formatted(bytes), as: UTF8.self) : digits
    }

    private static func formatted(_ digits: [UInt8]) -> [UInt8] {
        let (dot, hyphen) = (UInt8(ascii: "."), UInt8(ascii: "-"))
        var text = Array(digits)
        text.insert(hyphen, at: 9)
        text.insert(dot, at: 6)
        text.insert(dot, at: 3)
        return text
    }

    /// Weights count down to 2; a remainder of 10 is written 0.
    private static func check(_ digits: ArraySlice<UInt8>) -> UInt8 {
        var sum = 0
        for (place, digit) in digits.enumerated() { sum += Int(digit - 48) * (digits.count + 1 - place) }
        return UInt8(sum * 10 % 11 % 10) + 48
    }
}
