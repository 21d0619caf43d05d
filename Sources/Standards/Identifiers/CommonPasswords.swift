internal import CAssets

/// The most common passwords there are, as leaks have shown them: a list inside the program, never asked over a
/// network (NIST SP 800-63B-4 §3.1.1.2).
public enum CommonPasswords {
    /// True when the text, as ``PasswordText/foldForComparison(_:)`` gives it, is on the list.
    ///
    /// Binary search over the embedded lines; nothing is copied.
    public static func contains(_ folded: String) -> Bool {
        var folded = folded
        return folded.withUTF8 { wanted in
            var count = 0
            guard let start = unsafe assets_common_passwords(&count) else { return false }
            let lines = unsafe UnsafeBufferPointer(start: start, count: count)
            var low = 0
            var high = lines.count
            while low < high {
                let line = unsafe line(around: (low + high) / 2, in: lines)
                let found = unsafe lines[line]
                if unsafe found.elementsEqual(wanted) { return true }
                if unsafe found.lexicographicallyPrecedes(wanted) {
                    low = line.upperBound + 1
                } else {
                    high = line.lowerBound
                }
            }
            return false
        }
    }

    /// The line, without its line feed, that the byte at `offset` belongs to.
    private static func line(around offset: Int, in lines: UnsafeBufferPointer<UInt8>) -> Range<Int> {
        let lineFeed = UInt8(ascii: "\n")
        var start = offset
        while start > 0, unsafe lines[start - 1] != lineFeed { start -= 1 }
        var end = offset
        while end < lines.count, unsafe lines[end] != lineFeed { end += 1 }
        return start..<end
    }
}
