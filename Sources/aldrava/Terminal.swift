internal import App
internal import Glibc

/// What the person at the keyboard sees. Nothing that others chose can act on the terminal.
enum Terminal {
    /// To standard output, with a line feed.
    static func print(_ text: String) { _ = write(Shown.text(text), to: STDOUT_FILENO) }

    /// To standard output: what a program of ours wrote for programs, byte by byte; false when nobody reads it any more.
    @discardableResult
    static func printAsIs(_ text: String) -> Bool { write(text, to: STDOUT_FILENO) }

    /// To standard output: JSON.
    static func print(json: String) { _ = write(Shown.json(json), to: STDOUT_FILENO) }

    /// To standard error: one line that says which program speaks.
    static func complain(_ text: String) { _ = write("aldrava: \(Shown.text(text))", to: STDERR_FILENO) }

    /// To standard error: one JSON object.
    static func complain(json: String) { _ = write(Shown.json(json), to: STDERR_FILENO) }

    /// To standard error, without a line feed.
    static func ask(_ text: String) { _ = writeAll(Array(text.utf8), to: STDERR_FILENO) }

    /// How many columns standard output shows; `nil` where it is no terminal.
    static var columns: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        writeAll(Array(text.utf8) + [0x0A], to: descriptor)
    }

    /// A reader that left is not an error: there is nobody to tell.
    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
