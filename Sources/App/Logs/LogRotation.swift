internal import Domain

/// When a log begins a new file, and what its older files are called.
struct LogRotation: Sendable {
    /// 0 where something else rotates the logs.
    let maxBytes: Int
    /// How long older files are kept.
    let retention: Duration

    /// At a size, and with the first line of each day (UTC).
    func isDue(size: Int, written: Timestamp, now: Timestamp) -> Bool {
        guard maxBytes > 0, size > 0 else { return false }
        return size >= maxBytes || Self.day(written) < Self.day(now)
    }

    private static func day(_ time: Timestamp) -> Int64 { time.seconds / 86_400 }

    /// `access.jsonl.20261121T070509.250Z`: names sort as times do.
    static func name(of log: String, at time: Timestamp) -> String {
        let text = time.iso8601.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") }
        return "\(log).\(String(decoding: Array(text), as: UTF8.self))"
    }

    /// When a file of this log was given its name; `nil` for files of others, and for those that are not finished.
    static func time(of name: String, log: String) -> (time: Timestamp, isCompressed: Bool)? {
        guard name.hasPrefix(log + ".") else { return nil }
        var stamp = Array(name.utf8.dropFirst(log.utf8.count + 1))
        let isCompressed = stamp.count == 23 && stamp.suffix(3).elementsEqual(".gz".utf8)
        if isCompressed { stamp.removeLast(3) }
        guard stamp.count == 20 else { return nil }
        for (place, mark) in [(4, "-"), (7, "-"), (13, ":"), (16, ":")] {
            stamp.insert(contentsOf: mark.utf8, at: place)
        }
        guard let time = Timestamp(iso8601: String(decoding: stamp, as: UTF8.self)) else { return nil }
        return (time, isCompressed)
    }
}
