import Domain
import Testing

@Suite("A realm's name") struct RealmNameTests {
    @Test(arguments: ["a", "0", "shop", "shop-2", "a-", String(repeating: "a", count: 32)])
    func `letters, digits and hyphens make a name`(_ text: String) throws {
        #expect(RealmName(text)?.text == text)
    }

    @Test(
        arguments: [
            "", "-a", "A", "a_b", "a.b", "a b", "a/b", "\u{E9}", "a\n", "\u{212A}", String(repeating: "a", count: 33),
        ]) func `nothing else does`(_ text: String)
    { #expect(RealmName(text) == nil) }

    @Test(
        arguments: [
            "system", "default", "api", "admin", "login", "account", "realms", "docs", "health", "ready", "metrics",
            "oauth2", "auth", "well-known", "static", "assets", "www", "root", "aldrava", "null", "undefined",
        ]) func `words that mean something else are reserved`(_ text: String) throws
    {
        #expect(try #require(RealmName(text)).isReserved)
    }

    @Test func `every reserved word is a name, given once and in order`() {
        for word in RealmName.reserved { #expect(RealmName(word) != nil, "\(word)") }
        #expect(RealmName.reserved == Set(RealmName.reserved).sorted())
        for word in ["shop", "market", "producer", "buyer", "defaults"] {
            #expect(RealmName(word)?.isReserved == false)
        }
    }
}
