import Domain
import Standards
import Testing

@Suite("Usernames, addresses and passwords as Unicode sees them")
struct IdentifierTests {
    private enum Expected: Sendable {
        case key(String)
        case problem(IdentifierProblem)
    }

    private static let usernames: [(String, Expected)] = [
        ("ana", .key("ana")), ("Ana.Maria-2_x", .key("ana.maria-2_x")), ("a", .key("a")), ("João", .key("joão")),
        ("Joa\u{303}o", .key("joão")), ("JOÃO", .key("joão")), ("Straße", .key("strasse")), ("ﬁn", .key("fin")),
        ("ＡＮＡ", .key("ana")), ("\u{212A}im", .key("kim")), ("ana maria", .key("ana maria")),
        ("ana\u{A0}maria", .key("ana maria")), ("Ὀδυσσεύς", .key("ὀδυσσεύσ")), ("山田", .key("山田")),
        ("🔑", .key("🔑")), ("ⅷ", .key("viii")),
        (String(repeating: "x", count: 64), .key(String(repeating: "x", count: 64))),
        (String(repeating: "e\u{301}", count: 64), .key(String(repeating: "é", count: 64))),
        ("", .problem(.empty)), (String(repeating: "x", count: 65), .problem(.tooLong)),
        (String(repeating: "x", count: 5_000), .problem(.tooLong)),
        (String(repeating: "\u{301}", count: 100_000), .problem(.tooLong)),
        (" ana", .problem(.outerWhitespace)), ("ana\u{3000}", .problem(.outerWhitespace)),
        ("ana\n", .problem(.outerWhitespace)), ("\r\nana", .problem(.outerWhitespace)),
        ("a\nb", .problem(.forbiddenCharacter)), ("a\r\nb", .problem(.forbiddenCharacter)),
        ("a\tb", .problem(.forbiddenCharacter)), ("a\0b", .problem(.forbiddenCharacter)),
        ("a\u{7F}", .problem(.forbiddenCharacter)), ("a\u{200B}b", .problem(.forbiddenCharacter)),
        ("a\u{200D}b", .problem(.forbiddenCharacter)), ("a\u{FEFF}", .problem(.forbiddenCharacter)),
        ("a\u{202E}b", .problem(.forbiddenCharacter)), ("a\u{2066}b", .problem(.forbiddenCharacter)),
        ("a\u{AD}b", .problem(.forbiddenCharacter)), ("a\u{34F}b", .problem(.forbiddenCharacter)),
        ("a\u{FE0F}", .problem(.forbiddenCharacter)), ("a\u{3164}b", .problem(.forbiddenCharacter)),
        ("a\u{2800}b", .problem(.forbiddenCharacter)), ("a\u{E000}", .problem(.forbiddenCharacter)),
        ("a\u{378}", .problem(.forbiddenCharacter)), ("a\u{FFFF}", .problem(.forbiddenCharacter)),
        ("a\u{2028}b", .problem(.forbiddenCharacter)), ("a\u{E0041}", .problem(.forbiddenCharacter)),
        ("\u{301}a", .problem(.forbiddenCharacter)), ("ana@example.org", .problem(.containsAt)),
        ("@ana", .problem(.containsAt)), ("ana＠example", .problem(.containsAt)), ("ana﹫x", .problem(.containsAt)),
    ]

    @Test(arguments: usernames)
    private func `a username has one key or one problem`(_ text: String, _ expected: Expected) {
        switch (Username.parse(text), expected) {
        case (.success(let name), .key(let key)): #expect(Array(name.key.utf8) == Array(key.utf8))
        case (.failure(let problem), .problem(let wanted)): #expect(problem == wanted)
        case (let result, _): Issue.record("\(result)")
        }
    }

    @Test func `a username's text is kept in NFC, with its case`() throws {
        #expect(Array(try Username.parse("Joa\u{303}o").get().text.utf8) == Array("Jo\u{E3}o".utf8))
    }

    @Test func `the key of a key is itself, for every code point that may stand in a username`() {
        var moved: [Unicode.Scalar] = []
        // Ideographs, Hangul syllables and everything from plane 14 on fold to themselves or are refused.
        for value in [0...0x33FF, 0xA000...0xABFF, 0xD7A4...0x1FFFF, 0x2F800...0x2FA1F].joined()
            as FlattenSequence<[ClosedRange<UInt32>]>
        {
            guard let scalar = Unicode.Scalar(value),
                case .success(let name) = Username.parse("a" + String(Character(scalar)) + "b")
            else { continue }
            guard case .success(let again) = Username.parse(name.key), again.key.utf8.elementsEqual(name.key.utf8)
            else {
                moved.append(scalar)
                continue
            }
        }
        #expect(moved.isEmpty)
    }

    private static let addresses: [(String, Expected)] = [
        ("ana@example.org", .key("ana@example.org")), ("Ana@Example.ORG", .key("ana@example.org")),
        ("a.b+c@x.example", .key("a.b+c@x.example")),
        ("!#$%&'*+-/=?^_`{|}~@x.example", .key("!#$%&'*+-/=?^_`{|}~@x.example")),
        ("ana@MÜNCHEN.example", .key("ana@xn--mnchen-3ya.example")),
        ("ana@mu\u{308}nchen.example", .key("ana@xn--mnchen-3ya.example")),
        ("ana@xn--mnchen-3ya.example", .key("ana@xn--mnchen-3ya.example")),
        ("ana@straße.example", .key("ana@xn--strae-oqa.example")), ("ana@ｅxample。org", .key("ana@example.org")),
        ("JOÃO@x.example", .key("joão@x.example")), ("joa\u{303}o@x.example", .key("joão@x.example")),
        (String(repeating: "a", count: 64) + "@x.example", .key(String(repeating: "a", count: 64) + "@x.example")),
        ("", .problem(.empty)), (" ana@x.example", .problem(.outerWhitespace)),
        ("ana@x.example\n", .problem(.outerWhitespace)),
        ("ana@x.example\r\nBcc: eve@x.example", .problem(.forbiddenCharacter)),
        ("a\0@x.example", .problem(.forbiddenCharacter)),
        ("a\u{200B}@x.example", .problem(.forbiddenCharacter)), ("ana@x\u{AD}.example", .problem(.forbiddenCharacter)),
        ("ana", .problem(.notAnAddress)), ("a@b@x.example", .problem(.notAnAddress)),
        ("\"a@b\"@x.example", .problem(.notAnAddress)), ("@x.example", .problem(.localPart)),
        ("\"ana\"@x.example", .problem(.localPart)), ("a b@x.example", .problem(.localPart)),
        (".a@x.example", .problem(.localPart)), ("a.@x.example", .problem(.localPart)),
        ("a..b@x.example", .problem(.localPart)), ("a,b@x.example", .problem(.localPart)),
        ("a;b@x.example", .problem(.localPart)), ("<ana@x.example>", .problem(.localPart)),
        ("a\\b@x.example", .problem(.localPart)), ("a(b)@x.example", .problem(.localPart)),
        ("eve＠evil.example@x.example", .problem(.localPart)), ("eve，a@x.example", .problem(.localPart)),
        ("a\u{3000}b@x.example", .problem(.localPart)), ("a…b@x.example", .problem(.localPart)),
        (String(repeating: "a", count: 65) + "@x.example", .problem(.localPart)),
        ("ana@", .problem(.domain)), ("ana@localhost", .problem(.domain)), ("ana@x.example.", .problem(.domain)),
        ("ana@.x.example", .problem(.domain)), ("ana@x..example", .problem(.domain)),
        ("ana@-x.example", .problem(.domain)), ("ana@x-.example", .problem(.domain)),
        ("ana@x_y.example", .problem(.domain)), ("ana@127.0.0.1", .problem(.domain)),
        ("ana@[127.0.0.1]", .problem(.domain)), ("ana@[IPv6:::1]", .problem(.domain)),
        ("ana@x.example:25", .problem(.domain)), ("ana@x .example", .problem(.domain)),
        ("ana@evil.example⁄x.example", .problem(.domain)), ("ana@℀.example", .problem(.domain)),
        ("ana@xn--a.example", .problem(.domain)), ("ana@xn--6a.example", .problem(.domain)),
        ("ana@xn--cmkdhc.example", .problem(.domain)), ("ana@xn--ls8h.example", .problem(.domain)),
        ("ana@xn--.example", .problem(.domain)),
        ("ana@" + String(repeating: "a", count: 64) + ".example", .problem(.domain)),
        ("ana@" + String(repeating: "abc.", count: 40) + "example", .problem(.tooLong)),
        (String(repeating: "a", count: 5_000) + "@x.example", .problem(.tooLong)),
    ]

    @Test(arguments: addresses)
    private func `an address has one key or one problem`(_ text: String, _ expected: Expected) {
        switch (EmailAddress.parse(text), expected) {
        case (.success(let address), .key(let key)):
            #expect(Array(address.key.utf8) == Array(key.utf8))
            guard case .success(let again) = EmailAddress.parse(address.key) else {
                Issue.record("its key is no address")
                return
            }
            #expect(again.key.utf8.elementsEqual(address.key.utf8))
        case (.failure(let problem), .problem(let wanted)): #expect(problem == wanted)
        case (let result, _): Issue.record("\(result)")
        }
    }

    @Test func `malformed UTF-8 becomes replacement characters before it is parsed`() {
        let text = String(decoding: [0x61, 0xFF, 0xC3] as [UInt8], as: UTF8.self)
        #expect((try? Username.parse(text).get().text) == "a\u{FFFD}\u{FFFD}")
    }

    @Test(
        "passwords are folded for comparison only",
        arguments: [
            ("PassWord", "password"), ("ＰＡＳＳＷＯＲＤ", "password"), ("pass\u{200B}word", "password"),
            ("Straße", "strasse"), ("", ""), (" a ", " a "),
        ])
    func folded(_ text: String, _ folded: String) {
        #expect(Array(PasswordText.foldForComparison(Secret(utf8: text)).utf8) == Array(folded.utf8))
    }

    @Test func `bytes that are not UTF-8, and very many of them, fold without a trap or a delay`() {
        #expect(PasswordText.foldForComparison(Secret([0xFF, 0x41])) == "\u{FFFD}a")
        let marks = [UInt8](repeating: 0, count: 500_000).enumerated().map { $0.offset % 2 == 0 ? 0xCC : UInt8(0x81) }
        let time = ContinuousClock().measure { _ = PasswordText.foldForComparison(Secret(marks)) }
        #expect(time < .seconds(1))
    }

    @Test(
        "passwords are hashed as OpaqueString, RFC 8265 §4.3",
        arguments: [
            ("correct horse battery staple", "correct horse battery staple"),
            ("Correct Horse Battery Staple", "Correct Horse Battery Staple"), ("πßå", "πßå"),
            ("Jack of ♦s", "Jack of ♦s"),
            ("foo\u{1680}bar", "foo bar"), ("e\u{301}", "é"), ("ＡＢ", "ＡＢ"), ("a\0b", "a\0b"),
        ])
    func opaque(_ text: String, _ prepared: String) {
        #expect(PasswordText.forHashing(Secret(utf8: text)).exposed == Array(prepared.utf8))
    }

    @Test func `bytes that are not UTF-8 are hashed as they came`() {
        #expect(PasswordText.forHashing(Secret([0xFF, 0xC3])).exposed == [0xFF, 0xC3])
    }
}
