import Domain
import Testing

@Suite("What a new password must satisfy")
struct PasswordPolicyTests {
    private static func problems(_ password: String, folded: String? = nil) -> [PasswordPolicy.Problem] {
        PasswordPolicy.standard.problems(
            password: Secret(utf8: password), folded: folded ?? password.lowercased(),
            username: Username(text: "Ana.Maria", key: "ana.maria"),
            email: EmailAddress(text: "amsouza1@x.example", key: "amsouza1@x.example"),
            isCommon: { $0 == "password" || $0 == "1234567" })
    }

    @Test(
        "lengths count code points below and bytes above",
        arguments: [
            ("", [.tooShort]), ("abcdefg", [.tooShort]), ("abcdefgh", []), ("ééééééé", [.tooShort]), ("éééééééé", []),
            ("🔑🔑🔑🔑🔑🔑🔑🔑", []), (String(repeating: "a", count: 512), []),
            (String(repeating: "a", count: 513), [.tooLong]), (String(repeating: "é", count: 256), []),
            (String(repeating: "é", count: 257), [.tooLong]), ("\r\n\r\n\r\n\r\n", []),
        ] as [(String, [PasswordPolicy.Problem])])
    func length(_ password: String, _ problems: [PasswordPolicy.Problem]) {
        #expect(Self.problems(password) == problems)
    }

    @Test(
        "one's own names and common ones are refused",
        arguments: [
            ("Ana.Maria", [.isUsername]), ("AMSOUZA1@x.example", [.isEmail]), ("amsouza1", [.isEmail]),
            ("PassWord", [.common]), ("1234567", [.tooShort, .common]), ("ana.maria1", []), ("x.example", []),
        ] as [(String, [PasswordPolicy.Problem])])
    func names(_ password: String, _ problems: [PasswordPolicy.Problem]) {
        #expect(Self.problems(password) == problems)
    }

    @Test func `bytes that are not UTF-8 do not trap`() {
        let problems = PasswordPolicy.standard.problems(
            password: Secret([0xFF, 0xC3]), folded: "\u{FFFD}\u{FFFD}", username: Username(text: "a", key: "a"),
            email: EmailAddress(text: "a@x.example", key: "a@x.example"), isCommon: { _ in false })
        #expect(problems == [.tooShort])
    }

    @Test func `a secret shows nothing of itself`() {
        let secret = Secret(utf8: "hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\([secret])", dumped] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("104"))
        }
    }
}
