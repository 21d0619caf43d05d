import Flows
import HTTP
import TestSupport
import Testing

@testable import Pages

@Suite struct MarkupTests {
    @Test func `text is escaped, in an element and in an attribute`() {
        let text = "<script>alert('1')</script> & \"more\""
        let page: HTML = "<p title=\"\(text)\">\(text)</p>"
        let escaped = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;more&quot;"
        #expect(page.description == "<p title=\"\(escaped)\">\(escaped)</p>")
    }

    @Test func `markup in markup is not escaped again`() {
        let inner: HTML = "<b>\("a & b")</b>"
        let outer: HTML = "<p>\(inner)\([inner, inner])\(7)</p>"
        #expect(
            outer.description == "<p><b>a &amp; b</b><b>a &amp; b</b><b>a &amp; b</b>7</p>")
    }

    @Test func `a text never becomes a link, a style, or an attribute without quotes`() {
        let text = "javascript:alert(1)"
        for page in [
            "<a href=\"\(text)\">" as HTML, "<form action=\"\(text)\">", "<img src=\"\(text)\">",
            "<button formaction=\"\(text)\">", "<p style=\"\(text)\">", "<input value=\(text)>",
        ] {
            #expect(!page.description.contains("javascript"))
        }
    }

    @Test func `a text that ends like an attribute does not change what follows it`() {
        let (first, second) = ("href=\"", "x=")
        let page: HTML = "<p>\(first)\(second)\(first)</p>"
        #expect(page.description == "<p>href=&quot;x=href=&quot;</p>")
    }

    @Test func `controls and turned writing are shown as what they are`() {
        let name = "ab\u{202E}txt\u{0000}\u{001B}[2J\u{2066}"
        let page: HTML = "<p>\(name)</p>"
        #expect(page.description == "<p>ab\u{FFFD}txt\u{FFFD}\u{FFFD}[2J\u{FFFD}</p>")
    }

    @Test func `a link's query is encoded, and its ampersands are escaped in a page`() {
        let base = RealmPath(World.settings())
        let link = Link(
            base, "/login", query: [Query.Field("return_to", "/a?b=c&d=\"é\""), Query.Field("lang", "en")])
        #expect(link.text == "/login?return_to=/a%3Fb%3Dc%26d%3D%22%C3%A9%22&lang=en")
        let page: HTML = "<a href=\"\(link)\">"
        #expect(page.description == "<a href=\"/login?return_to=/a%3Fb%3Dc%26d%3D%22%C3%A9%22&amp;lang=en\">")
    }
}
