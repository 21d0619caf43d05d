import HTTP
import Testing

@Suite("Cookies")
struct CookieTests {
    static func found(_ fields: [String], _ name: String) -> String {
        var headers = Headers()
        for field in fields { headers.add("Cookie", field) }
        headers.add("Accept", "\(name)=no")
        return switch Cookies(headers)[name] {
        case .absent: "absent"
        case .repeated: "repeated"
        case .value(let value): "=" + String(decoding: value, as: UTF8.self)
        }
    }

    @Test(
        "are read",
        arguments: [
            ("a=1", "=1"), ("b=2; a=1", "=1"), ("a=1; b=2", "=1"), ("b=2;a=1;c=3", "=1"), ("a=", "="), ("a=;b", "="),
            ("a=x=y", "=x=y"), ("  a=  1 \t; b=2", "=1"), ("a=\"1\"", "=\"1\""), ("a=1;", "=1"), (";;a=1;;", "=1"),
            ("aa=1; ab=2; a=3", "=3"), ("xa=1", "absent"), ("aa=1", "absent"), ("A=1", "absent"), ("a", "absent"),
            ("=a", "absent"), ("b=a=1", "absent"), ("b=\"x; a=1\"", "=1\""), ("b=1, a=2", "absent"),
            ("a b=1", "absent"),
            ("%61=1", "absent"), ("a=1; a=1", "repeated"), ("a=1; b=2; a=3", "repeated"), ("a=; a=1", "repeated"),
            ("a =1", "absent"), ("a\t=1", "absent"), ("a=1;a =2", "=1"), ("=a=1", "absent"), ("a==a=1", "==a=1"),
            ("á=1", "absent"),
        ])
    func reading(_ field: String, _ expected: String) {
        #expect(Self.found([field], "a") == expected)
    }

    @Test func `all fields are one list`() {
        #expect(Self.found(["b=1", "a=2"], "a") == "=2")
        #expect(Self.found(["a=1", "a=2"], "a") == "repeated")
        #expect(Self.found([], "a") == "absent")
    }

    @Test func `a name is found wherever it stands`() {
        let others = (0..<200).map { "n\($0)=\(String(repeating: "v", count: $0 % 19))" }
        for place in [0, 1, 7, 100, 200] {
            var pairs = others
            pairs.insert("__Host-shop_access=AbC-_09", at: place)
            #expect(Self.found([pairs.joined(separator: "; ")], "__Host-shop_access") == "=AbC-_09")
            #expect(Self.found([pairs.joined(separator: ";")], "__host-shop_access") == "absent")
        }
    }

    @Test("are written")
    func writing() throws {
        let access = try #require(
            SetCookie("__Host-shop_access", "AbC-_09", isSecure: true, sameSite: .lax, maxAge: 900))
        #expect(
            access.text == "__Host-shop_access=AbC-_09; Path=/; Max-Age=900; Secure; HttpOnly; SameSite=Lax")
        let plain = try #require(SetCookie("shop", "", isSecure: false, sameSite: .strict, maxAge: nil))
        #expect(plain.text == "shop=; Path=/; HttpOnly; SameSite=Strict")
        let open = try #require(
            SetCookie("shop", "1", isSecure: true, sameSite: .none, maxAge: nil, isHTTPOnly: false))
        #expect(open.text == "shop=1; Path=/; Secure; SameSite=None")
        let gone = try #require(SetCookie(removing: "__Host-shop_access", isSecure: true, sameSite: .lax))
        #expect(gone.text == "__Host-shop_access=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
        var headers = Headers()
        access.add(to: &headers)
        gone.add(to: &headers)
        #expect(headers.values(of: "Set-Cookie") == [access.text, gone.text])
    }

    @Test(
        "are not written",
        arguments: [
            ("", "v"), ("a b", "v"), ("a=", "v"), ("a;", "v"), ("a\r\n", "v"), ("é", "v"), ("a\0", "v"), ("a", "v w"),
            ("a", "v;"), ("a", "v; Domain=x"), ("a", "v\r\nX: y"), ("a", "\n"), ("a", "\r\n"), ("a", "v,w"),
            ("a", "\"v\""), ("a", "\\"), ("a", "\u{7F}"), ("a", "é"), ("a", "\0"), ("a", "\t"),
            ("a", String(repeating: "v", count: 4_096)),
        ])
    func refused(_ name: String, _ value: String) {
        #expect(SetCookie(name, value, isSecure: true, sameSite: .lax, maxAge: 1) == nil)
    }

    @Test func `a cookie value holds exactly the octets that the standard names`() {
        let octets: [ClosedRange<UInt8>] = [0x21...0x21, 0x23...0x2B, 0x2D...0x3A, 0x3C...0x5B, 0x5D...0x7E]
        for octet in 0...0x7F as ClosedRange<UInt8> {
            let value = String(decoding: [octet], as: UTF8.self)
            let cookie = SetCookie("a", value, isSecure: true, sameSite: .lax, maxAge: nil)
            #expect((cookie != nil) == octets.contains { $0.contains(octet) }, "\(octet)")
        }
    }

    @Test("need a secure connection", arguments: ["__Host-a", "__host-a", "__HOST-", "__Secure-a", "__sEcure-a"])
    func prefix(_ name: String) {
        #expect(SetCookie(name, "v", isSecure: false, sameSite: .lax, maxAge: 1) == nil)
        #expect(SetCookie(name, "v", isSecure: true, sameSite: .lax, maxAge: 1) != nil)
        #expect(SetCookie("x" + name, "v", isSecure: false, sameSite: .lax, maxAge: 1) != nil)
        #expect(SetCookie("a", "v", isSecure: false, sameSite: .none, maxAge: 1) == nil)
        #expect(SetCookie("a", "v", isSecure: true, sameSite: .lax, maxAge: -1) == nil)
        #expect(SetCookie("a", String(repeating: "v", count: 4_095), isSecure: true, sameSite: .lax, maxAge: 1) != nil)
    }
}
