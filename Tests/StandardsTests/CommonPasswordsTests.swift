import CAssets
import Domain
import Standards
import Testing

@Suite("Common passwords")
struct CommonPasswordsTests {
    private static let lines: [String] = {
        var count = 0
        guard let start = unsafe assets_common_passwords(&count) else { return [] }
        let text = unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }()

    @Test func `every line of the list is found, and none beside it`() {
        #expect(Self.lines.count == 10_000)
        for line in Self.lines { #expect(CommonPasswords.contains(line)) }
        for line in Self.lines.prefix(500) { #expect(!CommonPasswords.contains(line + "\u{1}")) }
        for text in ["", "\n", "password\n", "\npassword", "passwor", "zzzzzzzzzzzzz", "\u{10FFFF}", "!", "a"] {
            #expect(!CommonPasswords.contains(text))
        }
    }

    @Test func `the list is folded, sorted by bytes, and has nothing that its length refuses`() {
        for (line, next) in zip(Self.lines, Self.lines.dropFirst()) {
            #expect(line.utf8.lexicographicallyPrecedes(next.utf8))
        }
        for line in Self.lines {
            #expect(PasswordText.foldForComparison(Secret(utf8: line)).utf8.elementsEqual(line.utf8))
            #expect(line.unicodeScalars.count >= PasswordPolicy.standard.minimumLength)
        }
    }

    @Test func `writing it otherwise does not help`() {
        for text in ["PassWord", "ＰＡＳＳＷＯＲＤ", "12345678", "QWERTYUIOP"] {
            #expect(CommonPasswords.contains(PasswordText.foldForComparison(Secret(utf8: text))))
        }
        #expect(!CommonPasswords.contains(PasswordText.foldForComparison(Secret(utf8: "correct horse battery"))))
    }
}
