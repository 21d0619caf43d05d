/// Writes records of comma-separated values (RFC 4180), which spreadsheets may open.
///
/// A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula and carries it
/// out. Such a cell gets an apostrophe in front, which spreadsheets do not show and which makes it text; whoever reads the
/// file with a program takes it off again.
public enum CSVText {
    /// One record with its line end.
    public static func record(_ cells: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (place, cell) in cells.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            append(cell, to: &bytes)
        }
        bytes += [0x0D, 0x0A]
        return bytes
    }

    private static func append(_ cell: String, to bytes: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let text = (isFormula(cell) ? [UInt8(ascii: "'")] : []) + Array(cell.utf8)
        guard text.contains(where: { $0 == quote || $0 == UInt8(ascii: ",") || $0 < 0x20 }) else {
            bytes += text
            return
        }
        bytes.append(quote)
        for byte in text {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }

    /// Also after spaces, which some programs pass over, and after a line feed.
    private static func isFormula(_ cell: String) -> Bool {
        switch cell.utf8.first(where: { $0 != 0x20 }) {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, 0x0A, 0x0D: true
        default: isWide(cell)
        }
    }

    /// The same four in full width, which some programs fold.
    private static func isWide(_ cell: String) -> Bool {
        switch cell.unicodeScalars.first(where: { $0 != " " }) {
        case "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": true
        default: false
        }
    }
}
