internal import App
internal import Domain

/// Times as people type them.
enum TimeInput {
    static let allowed = "a number of days, hours, minutes or seconds, such as 30d, 24h, 15m or 0s"

    /// A number and its unit, in seconds.
    static func seconds(_ text: String) -> Int64? {
        let units: [UInt8: Int64] = [
            UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3_600, UInt8(ascii: "d"): 86_400,
        ]
        let digits = text.utf8.dropLast()
        guard let unit = text.utf8.last.flatMap({ units[$0] }), (1...6).contains(digits.count),
            digits.allSatisfy({ (48...57).contains($0) }), let number = Int64(String(Substring(digits)))
        else { return nil }
        return number * unit
    }

    /// A day, a time, or how long from now.
    static func expiry(_ text: String) -> APIKeyCommand.Expiry? {
        if let seconds = seconds(text) { return .after(seconds) }
        return Timestamp(dayOrTime: text).map { .at($0.milliseconds) }
    }
}
