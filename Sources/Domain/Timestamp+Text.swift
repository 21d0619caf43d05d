extension Timestamp {
    /// `2026-11-21T07:05:09.250Z`: RFC 3339 §5.6, always UTC and always with milliseconds, so that
    /// texts sort as times do. Years outside 0 … 9999 are held at the nearest end.
    public var iso8601: String {
        unsafe String(unsafeUninitializedCapacity: Self.textCount) { text in
            unsafe write(to: UnsafeMutableRawBufferPointer(text))
            return Self.textCount
        }
    }

    /// How many bytes the text has.
    package static var textCount: Int { 24 }

    /// The same without making a text; `text` has at least ``textCount`` bytes.
    package func write(to text: UnsafeMutableRawBufferPointer) {
        let earliest: Int64 = -62_167_219_200_000
        let latest: Int64 = 253_402_300_799_999
        let held = min(max(milliseconds, earliest), latest)
        let day = Self.floorDivide(held, by: 86_400_000)
        let time = held - day * 86_400_000
        let (year, month, dayOfMonth) = Self.civil(day: day)
        var at = 0
        func put(_ value: Int64, width: Int, then separator: UInt8) {
            var rest = value
            for place in stride(from: at + width - 1, through: at, by: -1) {
                unsafe text[place] = UInt8(48 + rest % 10)
                rest /= 10
            }
            unsafe text[at + width] = separator
            at += width + 1
        }
        put(year, width: 4, then: UInt8(ascii: "-"))
        put(month, width: 2, then: UInt8(ascii: "-"))
        put(dayOfMonth, width: 2, then: UInt8(ascii: "T"))
        put(time / 3_600_000, width: 2, then: UInt8(ascii: ":"))
        put(time / 60_000 % 60, width: 2, then: UInt8(ascii: ":"))
        put(time / 1_000 % 60, width: 2, then: UInt8(ascii: "."))
        put(time % 1_000, width: 3, then: UInt8(ascii: "Z"))
    }

    /// Reads exactly the form that ``iso8601`` writes; anything else is `nil`.
    public init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 24 else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for index in range {
                guard (48...57).contains(bytes[index]) else { return nil }
                value = value * 10 + Int64(bytes[index] - 48)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            let fraction = number(20..<23), (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        self.init(milliseconds: days * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1_000 + fraction)
        guard iso8601 == text else { return nil }  // 30 February, wrong separators
    }

    /// Reads a day, which begins at 00:00 UTC, or a time in UTC with or without milliseconds: `2026-11-21`,
    /// `2026-11-21T07:05:09Z`, `2026-11-21T07:05:09.250Z`.
    public init?(dayOrTime text: String) {
        switch text.utf8.count {
        case 10: self.init(iso8601: text + "T00:00:00.000Z")
        case 20 where text.utf8.last == UInt8(ascii: "Z"): self.init(iso8601: String(text.dropLast()) + ".000Z")
        case 24: self.init(iso8601: text)
        default: return nil
        }
    }

    private static func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }

    /// The proleptic Gregorian date of a day number; years are counted from March, so that the leap day comes last.
    private static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = floorDivide(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = floorDivide(shiftedYear, by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
