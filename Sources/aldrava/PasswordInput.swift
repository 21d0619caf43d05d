internal import App
internal import Domain
internal import Glibc

/// Where a new password comes from: the keyboard, unseen and twice, or standard input. Never an argument.
enum PasswordInput {
    /// More than any accepted password, so that a longer one is refused by the rule and not cut here.
    private static let limit = 4_096

    static func read(_ arguments: Arguments, for command: [String]) throws -> Secret {
        if isatty(STDIN_FILENO) == 1, !arguments.has(.passwordFromInput) {
            return try checked(try readTwice(), command)
        }
        var bytes: [UInt8] = []
        while let byte = readByte(), bytes.count <= limit { bytes.append(byte) }
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        return try checked(bytes, command)
    }

    private static func readTwice() throws -> [UInt8] {
        let first = try readUnseen("Password: ")
        let second = try readUnseen("The same again: ")
        guard first == second else { throw StartFault.refused("The two passwords differ.") }
        return first
    }

    private static func checked(_ bytes: [UInt8], _ command: [String]) throws -> Secret {
        guard !bytes.isEmpty else { throw Misuse("The password is empty.", see: command) }
        guard bytes.count <= limit, String(validating: bytes, as: UTF8.self) != nil else {
            throw StartFault.refused("The password is not UTF-8 text of a sensible length.")
        }
        return Secret(bytes)
    }

    /// Reads a line byte by byte with the terminal's echo and signals off, so that no way out leaves it deaf.
    private static func readUnseen(_ prompt: String) throws -> [UInt8] {
        var before = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &before) == 0 else { throw Misuse("The terminal cannot be used.") }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            throw Misuse("The terminal cannot be used.")
        }
        defer {
            unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            Terminal.ask("\n")
        }
        Terminal.ask(prompt)
        var line: [UInt8] = []
        while line.count <= limit, let byte = readByte() {
            switch byte {
            case 0x0A, 0x0D, 0x04: return line
            case 0x03: throw StartFault.refused("Cancelled.")
            case 0x15: line = []
            case 0x08, 0x7F:
                while let last = line.popLast(), last & 0xC0 == 0x80 {}  // one code point, not one byte of it
            default: line.append(byte)
            }
        }
        return line
    }

    private static func readByte() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = unsafe Glibc.read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            return count == 1 ? byte : nil
        }
    }
}
