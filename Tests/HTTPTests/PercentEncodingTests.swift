import HTTP
import Testing

@Suite struct PercentEncodingTests {
    @Test(
        arguments: [
            ("", ""), ("aZ09-._~", "aZ09-._~"), ("a b", "a%20b"), ("/?&=%", "%2F%3F%26%3D%25"), ("é", "%C3%A9"),
            ("\u{0}\u{7F}", "%00%7F"), ("😀", "%F0%9F%98%80"),
        ])
    func `everything but the unreserved characters is encoded`(_ plain: String, _ encoded: String) {
        #expect(PercentEncoding.text(plain) { !PercentEncoding.isUnreserved($0) } == encoded)
    }

    @Test func `what is not to be encoded is left, whatever it is`() {
        #expect(PercentEncoding.text("a b\u{E9}") { $0 == 0x20 } == "a%20b\u{E9}")
    }
}
