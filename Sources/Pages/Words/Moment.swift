internal import Domain

/// A time in words: how long ago within a week, the day after that.
struct Moment: Sendable {
    let time: Timestamp
    let now: Timestamp

    /// With the exact time for whoever points at it, and for programs.
    func markup(in language: Language) -> HTML {
        "<time datetime=\"\(time.iso8601)\" title=\"\(day(in: language)), \(clock) UTC\">\(ago(in: language))</time>"
    }

    func ago(in language: Language) -> String {
        let minutes = max(0, (now.milliseconds - time.milliseconds) / 60_000)
        return switch minutes {
        case 0: Phrase.justNow.words(in: language)
        case 1: Phrase.aMinuteAgo.words(in: language)
        case ..<60: Phrase.minutesAgo.words(in: language, String(minutes))
        case ..<120: Phrase.anHourAgo.words(in: language)
        case ..<1_440: Phrase.hoursAgo.words(in: language, String(minutes / 60))
        case ..<2_880: Phrase.yesterday.words(in: language)
        case ..<10_080: Phrase.daysAgo.words(in: language, String(minutes / 1_440))
        default: Phrase.onDate.words(in: language, day(in: language))
        }
    }

    /// In UTC: `21 November 2026`.
    func day(in language: Language) -> String {
        let text = time.iso8601.utf8
        let digits = text.prefix(10).split(separator: UInt8(ascii: "-")).map { Int(String(Substring($0))) ?? 0 }
        guard digits.count == 3, (1...12).contains(digits[1]) else { return time.iso8601 }
        switch language {
        case .english: return "\(digits[2]) \(Self.englishMonths[digits[1] - 1]) \(digits[0])"
        case .portuguese: return "\(digits[2]) de \(Self.portugueseMonths[digits[1] - 1]) de \(digits[0])"
        }
    }

    private var clock: String { String(decoding: time.iso8601.utf8.dropFirst(11).prefix(5), as: UTF8.self) }

    private static let englishMonths = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let portugueseMonths = [
        "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
        "novembro", "dezembro",
    ]
}
