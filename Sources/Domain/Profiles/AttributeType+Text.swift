extension AttributeType {
    /// A value as people read it: a CPF with its points, a truth value as a word.
    public func shown(_ value: AttributeValue) -> String {
        switch value {
        case .text(let text): self == .cpf ? CPF.shown(text) : text
        case .integer(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        }
    }

    /// What may stand in a log: `***.***.***-25`. The last two letters or digits are left, of five or more; what stands
    /// between them too, where the type has a form of its own.
    public func masked(_ value: AttributeValue) -> String {
        let text = shown(value)
        switch self {
        case .cpf, .phone, .oab, .oabNumber:
            let kept = text.utf8.count { Self.isPlain($0) } > 4 ? 2 : 0
            var left = text.utf8.count { Self.isPlain($0) } - kept
            let bytes = text.utf8.map { byte -> UInt8 in
                guard Self.isPlain(byte), left > 0 else { return byte }
                left -= 1
                return UInt8(ascii: "*")
            }
            return String(decoding: bytes, as: UTF8.self)
        case .text, .email:
            // Of a fixed length, because a name's length says something too.
            let scalars = Array(text.unicodeScalars)
            guard scalars.count > 4 else { return "****" }
            var masked = String.UnicodeScalarView("****".unicodeScalars)
            masked.append(contentsOf: scalars.suffix(2))
            return String(masked)
        case .date, .choice, .integer, .boolean, .uf, .account: return "****"
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
