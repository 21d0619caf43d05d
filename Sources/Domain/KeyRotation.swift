/// How an operator writes how long a signing key signs.
public enum KeyRotation {
    public static let allowed = "600 to 315360000 seconds, days such as 30d, or 0 for never"

    /// What ``parse(_:)`` takes for the same time.
    public static func text(_ time: Duration) -> String {
        let seconds = time.components.seconds
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        return days > 0 && rest == 0 ? "\(days)d" : "\(seconds)"
    }

    /// A key must sign for longer than it takes clients to learn the next one.
    public static func parse(_ text: String) -> Duration? {
        let isDays = text.utf8.last == UInt8(ascii: "d")
        let digits = text.utf8.dropLast(isDays ? 1 : 0)
        guard (1...9).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }),
            let number = Int64(String(Substring(digits)))
        else { return nil }
        if number == 0 { return isDays ? nil : .zero }
        let seconds = isDays ? number * 86_400 : number
        return (600...315_360_000).contains(seconds) ? .seconds(seconds) : nil
    }
}
