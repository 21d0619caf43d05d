internal import App
internal import Glibc

/// How far a long command is: one line that is written over on a terminal, otherwise a line every few seconds.
struct ProgressBar {
    private let isQuiet: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var shownAt: Int64 = -1
    private var hasLine = false

    private static let width = 24

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    mutating func show(_ progress: Progress) {
        let pace: Int64 = isTerminal ? 200 : 5_000
        guard !isQuiet, progress.milliseconds - max(0, shownAt) >= pace else { return }
        shownAt = progress.milliseconds
        var text = "\(progress.rows) users, \(progress.rowsPerSecond)/s"
        if let left = progress.secondsLeft, progress.share != 1 { text += ", \(Self.duration(left)) left" }
        guard isTerminal else { return Terminal.complain(text) }
        if let share = progress.share {
            let full = min(Self.width, Int(share * Double(Self.width)))
            let bar = String(repeating: "#", count: full) + String(repeating: "-", count: Self.width - full)
            text = "[\(bar)] \(Int(share * 100)) % \(text)"
        }
        hasLine = true
        Terminal.ask("\r\(text)\u{1B}[K")
    }

    /// Leaves the line to what comes next.
    func end() { if hasLine { Terminal.ask("\r\u{1B}[K") } }

    private static func duration(_ seconds: Int64) -> String {
        seconds < 60 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
    }
}
