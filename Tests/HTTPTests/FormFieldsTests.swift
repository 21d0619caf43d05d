import HTTP
import Testing

@Suite("Queries and forms")
struct FormFieldsTests {
    static func text(_ form: FormFields?) -> String? {
        form.map { $0.pairs.map { "<\($0.name)>=<\($0.value)>" }.joined(separator: " ") }
    }

    @Test(
        "is read",
        arguments: [
            ("", ""), ("a", "<a>=<>"), ("a=", "<a>=<>"), ("=a", "<>=<a>"), ("a=1&b=2", "<a>=<1> <b>=<2>"),
            ("a=1&a=2", "<a>=<1> <a>=<2>"), ("a=b=c", "<a>=<b=c>"), ("&&a=1&", "<a>=<1>"),
            ("a+b=c%2Bd+e", "<a b>=<c+d e>"),
            ("%61=%C3%A9", "<a>=<é>"), ("a=%26%3D", "<a>=<&=>"), ("a=1;b=2", "<a>=<1;b=2>"),
        ])
    func read(_ text: String, _ expected: String) {
        #expect(Self.text(FormFields(parsing: text.utf8)) == expected)
    }

    @Test("is malformed", arguments: ["a=%", "a=%4", "a=%zz", "%=1", "a=%00", "a=%FF", "a=%C0%80", "a=%ED%A0%80"])
    func malformed(_ text: String) {
        #expect(FormFields(parsing: text.utf8) == nil)
        #expect(Request(method: .get, target: "/?" + text)?.query.map { _ in true } == nil)
    }

    @Test func `names that only look alike are two names`() throws {
        let form = try #require(FormFields(parsing: "e%CC%81=1".utf8))
        #expect(form["e\u{301}"] == "1")
        #expect(form["\u{E9}"] == nil)
        #expect(form.values(of: "\u{E9}").isEmpty)
    }

    @Test func `fields are bounded`() {
        #expect(FormFields(parsing: "a&b&c".utf8, limit: 3)?.pairs.count == 3)
        #expect(FormFields(parsing: "a&b&c&d".utf8, limit: 3) == nil)
    }

    @Test func `a target without a question mark has no fields`() {
        #expect(Self.text(Request(method: .get, target: "/a")?.query) == "")
    }
}
