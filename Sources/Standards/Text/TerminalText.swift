internal import CUTF8Proc

/// Text on its way to a terminal, where some characters are commands.
///
/// Names, descriptions and user agents come from other people. A control character in one could move the cursor,
/// rewrite what stands above it or, in some terminals, type for the operator; a bidirectional one could make a name
/// read as another.
public enum TerminalText {
    /// Every character that cannot be seen written as `\u{1B}`.
    ///
    /// - Parameter keepsLines: whether line feeds stay, for texts of several lines.
    public static func escaped(_ text: String, keepsLines: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: { !isPlain($0, keepsLines) }) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if isPlain(scalar, keepsLines) {
                shown.unicodeScalars.append(scalar)
            } else {
                shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            }
        }
        return shown
    }

    /// The same JSON with everything invisible in JSON's own escapes (RFC 8259 §7). Line feeds stay: outside of
    /// strings they mean nothing, and within them there are none.
    public static func escapedJSON(_ json: String) -> String {
        guard json.unicodeScalars.contains(where: { !isPlain($0, true) }) else { return json }
        var shown = ""
        for scalar in json.unicodeScalars {
            if isPlain(scalar, true) {
                shown.unicodeScalars.append(scalar)
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    shown += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                }
            }
        }
        return shown
    }

    /// How many columns a text takes, by the widths of UAX #11; it must be escaped already.
    public static func width(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + Int(utf8proc_charwidth(utf8proc_int32_t($1.value))) }
    }

    /// As much of a text as `columns` hold, with an ellipsis where something is missing.
    public static func cut(_ text: String, to columns: Int) -> String {
        guard width(of: text) > columns else { return text }
        var shown = ""
        var used = 1
        for scalar in text.unicodeScalars {
            used += Int(utf8proc_charwidth(utf8proc_int32_t(scalar.value)))
            guard used <= columns else { break }
            shown.unicodeScalars.append(scalar)
        }
        return shown + "…"
    }

    private static func isPlain(_ scalar: Unicode.Scalar, _ keepsLines: Bool) -> Bool {
        if scalar.value >= 0x20 && scalar.value < 0x7F { return true }
        return scalar == "\n" ? keepsLines : !UnicodeText.isInvisible(scalar)
    }
}
