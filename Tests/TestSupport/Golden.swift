internal import Glibc

/// Whole exchanges as text files: a header that appears, moves or disappears is a visible difference.
///
/// `UPDATE_GOLDEN=1 swift test` rewrites them; the difference is then reviewed like code.
public enum Golden {
    /// What differs between `text` and the file, as one sentence; `nil` when they are the same.
    ///
    /// The file lies in the folder `Golden` beside the test that asks.
    public static func difference(_ text: String, _ name: String, testFile: String = #filePath) -> String? {
        let folder = testFile.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let path = "\(folder)/Golden/\(name).txt"
        if isUpdating {
            return write(Array(text.utf8), to: path) ? nil : "\(path) cannot be written"
        }
        guard let expected = read(path) else { return "\(path) is missing; run with UPDATE_GOLDEN=1" }
        let wanted = String(decoding: expected, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let found = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, pair) in zip(wanted, found).enumerated() where pair.0 != pair.1 {
            return "\(name).txt:\(index + 1) says\n  \(pair.0)\nand was\n  \(pair.1)"
        }
        guard wanted.count == found.count else {
            return "\(name).txt has \(wanted.count) lines and the answer \(found.count)"
        }
        return nil
    }

    private static var isUpdating: Bool {
        guard let value = unsafe getenv("UPDATE_GOLDEN") else { return false }
        return unsafe String(cString: value) == "1"
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = unsafe fopen(path, "rb") else { return nil }
        defer { unsafe fclose(file) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&piece, 1, piece.count, file)
            guard count > 0 else { return content }
            content += piece[..<count]
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) -> Bool {
        guard let file = unsafe fopen(path, "wb") else { return false }
        let count = unsafe fwrite(bytes, 1, bytes.count, file)
        return unsafe fclose(file) == 0 && count == bytes.count
    }
}
