internal import CUTF8Proc
internal import Glibc

/// The Unicode tables, through utf8proc: normal forms, case folding, and what a code point is.
enum UnicodeText {
    /// No text longer than this is given to the tables: reordering combining marks takes the square of their number.
    static let longest = 1_024

    /// Canonical composition (UAX #15).
    static func nfc(_ text: String) -> String? { map(text, UTF8PROC_COMPOSE) }

    /// Canonical composition of the case-folded text, until folding changes nothing more.
    static func folded(_ text: String) -> String? { stable(text, UTF8PROC_COMPOSE, UTF8PROC_CASEFOLD) }

    /// Compatibility composition of the case-folded text without its invisible characters (Unicode's `NFKC_Casefold`),
    /// until doing so changes nothing more.
    static func compatibilityFolded(_ text: String) -> String? {
        stable(text, UTF8PROC_COMPOSE, UTF8PROC_COMPAT, UTF8PROC_CASEFOLD, UTF8PROC_IGNORE)
    }

    /// True for code points that a name must not have because people cannot see them or tell them apart: controls,
    /// format characters (among them the bidirectional and zero-width ones), separators other than the space,
    /// private use, unassigned ones, and whatever Unicode lets programs ignore.
    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        let properties = unsafe utf8proc_get_property(utf8proc_int32_t(scalar.value)).pointee
        if properties.ignorable != 0 || scalar == "\u{2800}" { return true }
        switch utf8proc_category_t(UInt32(properties.category)) {
        case UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CF, UTF8PROC_CATEGORY_CN, UTF8PROC_CATEGORY_CO,
            UTF8PROC_CATEGORY_CS, UTF8PROC_CATEGORY_ZL, UTF8PROC_CATEGORY_ZP:
            return true
        default: return false
        }
    }

    /// Any white space, line ends and tabs among them.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x85, 0x2028, 0x2029: true
        default: isSpaceSeparator(scalar)
        }
    }

    /// U+0020 and its relatives (general category Zs).
    static func isSpaceSeparator(_ scalar: Unicode.Scalar) -> Bool {
        utf8proc_category(utf8proc_int32_t(scalar.value)) == UTF8PROC_CATEGORY_ZS
    }

    static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch utf8proc_category(utf8proc_int32_t(scalar.value)) {
        case UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_MC, UTF8PROC_CATEGORY_ME: true
        default: false
        }
    }

    /// Folding can make new text to fold or to compose; a key must be what its own key is.
    private static func stable(_ text: String, _ options: utf8proc_option_t...) -> String? {
        var last = text
        for _ in 0..<4 {
            guard let next = map(last, options) else { return nil }
            if next.utf8.elementsEqual(last.utf8) { return next }
            last = next
        }
        return nil
    }

    private static func map(_ text: String, _ options: utf8proc_option_t...) -> String? { map(text, options) }

    private static func map(_ text: String, _ options: [utf8proc_option_t]) -> String? {
        let flags = options.reduce(UTF8PROC_STABLE.rawValue) { $0 | $1.rawValue }
        let bytes = Array(text.utf8)
        var mapped: UnsafeMutablePointer<utf8proc_uint8_t>?
        let count = unsafe utf8proc_map(bytes, bytes.count, &mapped, utf8proc_option_t(flags))
        guard let mapped = unsafe mapped else { return nil }
        defer { unsafe free(mapped) }
        guard count >= 0 else { return nil }
        return unsafe String(validating: UnsafeBufferPointer(start: mapped, count: count), as: UTF8.self)
    }
}
