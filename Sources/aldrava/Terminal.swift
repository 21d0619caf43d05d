internal import Glibc

/// What the person at the keyboard sees.
enum Terminal {
    /// To standard output, with a line feed; false when nobody reads it any more.
    @discardableResult
    static func print(_ text: String) -> Bool { write(text, to: STDOUT_FILENO) }

    /// To standard error: one line that says which program speaks.
    static func complain(_ text: String) { _ = write("aldrava: \(text)", to: STDERR_FILENO) }

    /// To standard error, without a line feed.
    static func ask(_ text: String) { _ = writeAll(Array(text.utf8), to: STDERR_FILENO) }

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
