import Domain
import Flows
import HTTP
import TestSupport
import Testing

@testable import Pages

@Suite struct ReturnTests {
    static let realm: Realm = {
        var rules = RealmRules.standard
        rules.allowedOrigins = [Origin("https://spa.example.org")].compactMap(\.self)
        rules.applications = [Origin("https://wiki.example.com"), Origin("https://erp.example.com:8443")]
            .compactMap(\.self).enumerated().map { Application(name: ["wiki", "erp"][$0], origin: $1) }
        return Realm(name: .standard, issuer: "https://id.example.com", rules: rules)
    }()

    @Test(arguments: [
        "", " ", "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "\\\\evil.example",
        "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "/ /evil.example",
        "/\u{0000}/x", "/x\r\nLocation: https://evil.example", "/x\u{007F}", "/x\u{00A0}y", "/é",
        "/%0d%0aLocation:%20https://evil.example", "/%09/evil.example", "/%5cevil.example", "/%5Cevil.example",
        "/%00", "/%", "/%2", "/%zz", "/./", "/.", "/..", "/../x", "/a/../../x", "/..//evil.example",
        "/%2e%2e//evil.example", "/.%2E/x", "/%2e/x", "/a\"b", "/a<b", "/a>b", "/a`b", "/a{b}", "/a|b", "/a^b",
        "evil.example", "login", "?x", "#x", "https:evil.example", "https:/evil.example", "https:\\\\evil.example",
        "https://evil.example", "https://evil.example/", "HTTPS://EVIL.EXAMPLE/",
        "https://id.example.com@evil.example/", "https://id.example.com:443@evil.example/",
        "https://user@id.example.com/", "https://user:word@wiki.example.com/", "https://id.example.com.evil.example/",
        "https://evil.example/https://id.example.com/", "https://evil.example?https://id.example.com/",
        "https://evil.example#https://id.example.com/", "https://id.example.com\\@evil.example/",
        "https://id.example.com\\.evil.example/", "https://id.example.com%2eevil.example/",
        "https://id.example.com:444/", "https://wiki.example.com:8443/", "https://erp.example.com/",
        "http://id.example.com/", "http://wiki.example.com/", "https://id.example.com:443/",
        "https://id.example.com.:443/", "https://id.example.com./", "https://[::1]/", "https://id.example.com:/",
        "https://id.example.com//evil.example", "https://id.example.com/..//evil.example",
        "https://spa.example.org/\\evil.example", "https://spa.example.org/\r\nx", "https:///id.example.com",
        "https://", "https://?x", "//id.example.com/", "javascript:alert(1)", "javascript://id.example.com/%0aalert(1)",
        "data:text/html,x", "blob:https://id.example.com/x", "view-source:https://id.example.com/",
        "ftp://id.example.com/", "ws://id.example.com/", "file:///etc/passwd", "https://ıd.example.com/",
        "https://id。example.com/", "https://xn--", " https://id.example.com/", "https://id.example.com /",
        "null", "/" + String(repeating: "a", count: 2_048),
    ])
    func `whatever is not certainly ours is not followed`(_ text: String) {
        #expect(ReturnTarget(text, in: Self.realm) == nil)
    }

    @Test(arguments: [
        "/", "/wiki/Main_Page", "/a?b=c&d=/../e", "/a//b", "/a#b", "/a?next=//x", "/%C3%A9", "/a;b=c", "/~ana/(1)",
        "/...", "/a..b/.c", "/?x=[1]", "/%2F%2Fx",
    ])
    func `a path of our own is followed as it stands`(_ text: String) throws {
        #expect(ReturnTarget(text, in: Self.realm) == .here(try #require(LocalPath(text))))
    }

    @Test func `a URL is followed to the origins that the realm names`() throws {
        let page = try #require(LocalPath("/a?b"))
        #expect(ReturnTarget("https://id.example.com/a?b", in: Self.realm) == .here(page))
        #expect(ReturnTarget("HTTPS://ID.example.COM/a?b", in: Self.realm) == .here(page))
        let spa = try #require(Origin("https://spa.example.org"))
        #expect(ReturnTarget("https://spa.example.org/a?b", in: Self.realm) == .elsewhere(spa, page))
        #expect(ReturnTarget("https://spa.example.org", in: Self.realm) == .elsewhere(spa, .root))
        #expect(
            ReturnTarget("https://spa.example.org?b", in: Self.realm)
                == .elsewhere(spa, try #require(LocalPath("/?b"))))
        let (wiki, erp) = (Self.realm.rules.applications[0], Self.realm.rules.applications[1])
        #expect(ReturnTarget("https://wiki.example.com/a?b", in: Self.realm) == .application(wiki, page))
        #expect(ReturnTarget("https://erp.example.com:8443/a?b", in: Self.realm) == .application(erp, page))
    }

    /// Its proxy sends people here with the address that they opened, and they have no session there until they come back.
    @Test(arguments: ["//evil.example", "/..//evil.example", "/\\evil.example", "/\r\nx", "/p?q=a%0Ab", "/a|b", "/%zz"])
    func `an application is gone back to from any address of its own`(_ path: String) throws {
        let wiki = Self.realm.rules.applications[0]
        #expect(ReturnTarget("https://wiki.example.com\(path)", in: Self.realm) == .application(wiki, .root))
    }

    @Test func `a realm's paths stand behind its canonical URL`() {
        #expect(RealmPath(Self.realm).text == "")
        #expect(RealmPath(World.settings(.system)).text == "/realms/system")
        #expect(World.settings(.system).hostText == "127.0.0.1:8005")
        #expect(World.settings(.system).origin == Origin("http://127.0.0.1:8005"))
    }

    @Test func `an application without a browser's digest is begun at its own host`() throws {
        let (wiki, state) = (Self.realm.rules.applications[0], String(repeating: "A", count: 43))
        func destination(_ query: String) -> Journey.Destination {
            Journey(FormFields(parsing: query.utf8) ?? FormFields()).destination(in: Self.realm)
        }
        let page = try #require(LocalPath("/a"))
        #expect(destination("application=wiki&return_to=/a") == .target(.application(wiki, page)))
        #expect(destination("application=wiki&return_to=/a&state=short") == .target(.application(wiki, page)))
        #expect(destination("application=wiki&return_to=/a&state=\(state)") == .handover(wiki, state: state, page))
        #expect(
            destination("application=wiki&return_to=//evil&state=\(state)") == .handover(wiki, state: state, .root))
        #expect(destination("application=other&return_to=/a&state=\(state)") == .account)
        #expect(destination("application=WIKI&return_to=/a") == .account)
        #expect(destination("return_to=https://evil.example/") == .account)
        #expect(destination("") == .account)
    }
}
