internal import Domain
internal import Storage

/// How many tries there are in an hour, wherever the hour begins: half of them at once, the rest one after another.
struct Budget: Hashable, Sendable {
    /// At least 2.
    let perHour: Int64

    private static let hour: Int64 = 3_600_000

    private var burst: Int64 { (perHour + 1) / 2 }
    /// In how many milliseconds one more is there; rounded up, so that an hour never holds more.
    private var step: Int64 { (Self.hour + perHour - burst - 1) / (perHour - burst) }

    init(_ perHour: Int) { self.perHour = min(max(2, Int64(perHour)), 1_000_000) }

    func bucket(_ key: [UInt8]) -> ThrottleBucket { ThrottleBucket(key: key, step: step, room: step * burst) }
}
