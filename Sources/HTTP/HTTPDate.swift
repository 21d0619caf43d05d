/// The date of an answer: `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate, RFC 9110 §5.6.7).
public enum HTTPDate {
    /// `seconds` count from 1970-01-01T00:00:00Z; what lies before it, or after the year 9999, is brought into range.
    ///
    /// A server makes this once a second and hands it to every ``Response/serialise(into:method:version:keepsAlive:requestID:date:)``.
    public static func bytes(seconds: Int64) -> [UInt8] {
        let seconds = Int(min(max(seconds, 0), 253_402_300_799))
        let (days, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
        // Years begin in March here, so that the leap day is the last of its year ("days to civil", H. Hinnant).
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)

        let weekdays: StaticString = "SunMonTueWedThuFriSat"
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        var text: [UInt8] = []
        text.reserveCapacity(29)
        text.append(three: weekdays, at: (days + 4) % 7)
        text.append(contentsOf: ", ".utf8)
        text.append(twoDigits: day)
        text.append(0x20)
        text.append(three: months, at: month - 1)
        text.append(0x20)
        text.append(twoDigits: year / 100)
        text.append(twoDigits: year % 100)
        text.append(0x20)
        text.append(twoDigits: second / 3_600)
        text.append(UInt8(ascii: ":"))
        text.append(twoDigits: second / 60 % 60)
        text.append(UInt8(ascii: ":"))
        text.append(twoDigits: second % 60)
        text.append(contentsOf: " GMT".utf8)
        return text
    }
}

extension [UInt8] {
    fileprivate mutating func append(twoDigits number: Int) {
        append(UInt8(truncatingIfNeeded: number / 10) + 0x30)
        append(UInt8(truncatingIfNeeded: number % 10) + 0x30)
    }

    fileprivate mutating func append(three names: StaticString, at index: Int) {
        append(contentsOf: names.description.utf8.dropFirst(3 * index).prefix(3))
    }
}
