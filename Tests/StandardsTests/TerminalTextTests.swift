import Standards
import Testing

@Suite("Text for terminals") struct TerminalTextTests {
    @Test(arguments: [
        ("plain ASCII ~", "plain ASCII ~"), ("jos\u{E9} \u{4E2D}\u{6587}", "jos\u{E9} \u{4E2D}\u{6587}"),
        ("\u{1B}[2J", "\\u{1B}[2J"), ("a\u{7}b\u{7F}", "a\\u{7}b\\u{7F}"), ("\u{9B}31m", "\\u{9B}31m"),
        ("a\r\nb", "a\\u{D}\\u{A}b"), ("\u{202E}abc", "\\u{202E}abc"), ("a\u{200B}b", "a\\u{200B}b"),
        ("\u{2028}", "\\u{2028}"), ("a\tb", "a\\u{9}b"), ("\u{E0041}", "\\u{E0041}"),
    ])
    func `what cannot be seen is written out`(_ text: String, _ shown: String) {
        #expect(TerminalText.escaped(text) == shown)
    }

    @Test func `line feeds stay where lines are meant, and carriage returns never`() {
        #expect(TerminalText.escaped("a\nb\r\nc", keepsLines: true) == "a\nb\\u{D}\nc")
    }

    @Test(arguments: ["\u{9B}31m", "\u{202E}x", "\u{E0041}", "\u{7F}", "a\u{200B}"])
    func `escaped JSON means the same and shows nothing invisible`(_ text: String) throws {
        let shown = TerminalText.escapedJSON(JSON.string(text).text)
        #expect(shown.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        #expect(try JSON.parse(Array(shown.utf8)) == .string(text))
    }

    @Test func `widths are columns, and a cut text fits them`() {
        #expect(TerminalText.width(of: "abc") == 3)
        #expect(TerminalText.width(of: "\u{4E2D}\u{6587}") == 4)
        #expect(TerminalText.width(of: "e\u{301}") == 1)
        #expect(TerminalText.cut("abcdef", to: 6) == "abcdef")
        #expect(TerminalText.cut("abcdef", to: 4) == "abc…")
        #expect(TerminalText.cut("\u{4E2D}\u{6587}\u{4E2D}", to: 4) == "\u{4E2D}…")
    }
}
