public import Domain

extension Timestamp {
    /// Reads the spellings that databases and frameworks write: `2026-11-21 07:05:09.123456+00`, RFC 3339 with any offset,
    /// a day alone, or `infinity`. Without an offset it is UTC. Fractions are cut off at milliseconds.
    public init?(foreign text: String) {
        if text.utf8.elementsEqual("infinity".utf8) {
            self.init(dayOrTime: "9999-12-31")
            return
        }
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, bytes.count <= 40 else { return nil }
        let day = String(decoding: bytes[..<10], as: UTF8.self)
        guard bytes.count > 10 else {
            self.init(dayOrTime: day)
            return
        }
        guard bytes.count >= 16, bytes[10] == 0x20 || bytes[10] | 0x20 == UInt8(ascii: "t") else { return nil }
        var rest = bytes[16...]
        var clock = String(decoding: bytes[11..<16], as: UTF8.self)
        var milliseconds = "000"
        if rest.first == UInt8(ascii: ":") {
            guard rest.count >= 3 else { return nil }
            clock += String(decoding: rest.prefix(3), as: UTF8.self)
            rest = rest.dropFirst(3)
        } else {
            clock += ":00"
        }
        if let point = rest.first, point == UInt8(ascii: ".") || point == UInt8(ascii: ",") {
            let digits = rest.dropFirst().prefix { (48...57).contains($0) }
            guard (1...9).contains(digits.count) else { return nil }
            milliseconds = String(decoding: (Array(digits) + [48, 48]).prefix(3), as: UTF8.self)
            rest = rest.dropFirst(digits.count + 1)
        }
        guard let offset = Self.offset(rest), let time = Timestamp(iso8601: "\(day)T\(clock).\(milliseconds)Z") else {
            return nil
        }
        self = time - .seconds(offset)
    }

    /// Seconds east of UTC: nothing, `Z`, `+02`, `+0200`, `+02:00` or `+02:00:00`.
    private static func offset(_ text: ArraySlice<UInt8>) -> Int64? {
        var rest = text.drop { $0 == 0x20 }
        guard let sign = rest.popFirst() else { return 0 }
        if sign | 0x20 == UInt8(ascii: "z") { return rest.isEmpty ? 0 : nil }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        let digits = rest.filter { $0 != UInt8(ascii: ":") }
        guard [2, 4, 6].contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }),
            rest.count - digits.count <= 2
        else { return nil }
        func number(_ place: Int) -> Int64 {
            place + 1 < digits.count ? Int64(digits[place] - 48) * 10 + Int64(digits[place + 1] - 48) : 0
        }
        guard number(0) <= 15, number(2) < 60, number(4) < 60 else { return nil }
        let seconds = number(0) * 3_600 + number(2) * 60 + number(4)
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }
}
