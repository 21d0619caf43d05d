import Domain
import Testing

@Suite("Names and grants")
struct AccessTests {
    @Test(
        "names of roles, resources and actions",
        arguments: [
            ("a", true), ("admin", true), ("Messages.v2-x_y", true), ("0", true),
            (String(repeating: "a", count: 64), true),
            ("", false), (String(repeating: "a", count: 65), false), ("-a", false), (".a", false), ("_a", false),
            ("a b", false), ("a:b", false), ("a,b", false), ("a\n", false), ("a\r\n", false), ("a\0", false),
            ("é", false), ("ａ", false), ("a\u{301}", false), ("*", false),
        ])
    func accessName(_ name: String, _ isValid: Bool) {
        #expect(AccessName.isValid(name) == isValid)
    }

    @Test(
        "names of permissions",
        arguments: [
            ("read", true), ("messages:read", true), ("messages:", false), (":read", false), ("a:b:c", false),
            (":", false), ("", false), ("a: b", false),
        ])
    func permissionName(_ name: String, _ isValid: Bool) {
        #expect(AccessName.isValidPermission(name) == isValid)
    }

    @Test func `a pair is made of two valid names`() {
        #expect(Permission.Pair(resource: "messages", action: "read")?.description == "messages:read")
        #expect(Permission.Pair(resource: "messages", action: "") == nil)
        #expect(Permission.Pair(resource: "a:b", action: "c") == nil)
    }

    @Test func `grants are sorted, without doubles, and know both spellings`() throws {
        let read = try #require(Permission.Pair(resource: "messages", action: "read"))
        let send = try #require(Permission.Pair(resource: "messages", action: "send"))
        let grants = Grants(
            roles: ["user", "admin", "user"],
            permissions: [("may_send", send), ("messages:read", read), ("reader", read), ("messages:read", read)])
        #expect(grants.roles == ["admin", "user"])
        #expect(grants.permissions == ["messages:read", "messages:send"])
        for name in ["messages:read", "messages:send", "may_send", "reader"] { #expect(grants.hasPermission(name)) }
        for name in ["messages", "send", "messages:*", "", "Messages:read"] { #expect(!grants.hasPermission(name)) }
        #expect(grants.hasRole("admin"))
        #expect(!grants.hasRole("Admin"))
        #expect(!Grants.none.hasRole("user"))
        #expect(!Grants.none.hasPermission("messages:read"))
    }

    @Test func `grants are matched byte by byte`() throws {
        let pair = try #require(Permission.Pair(resource: "Key", action: "read"))
        let grants = Grants(roles: ["Key"], permissions: [("Key", pair)])
        #expect(!grants.hasRole("\u{212A}ey"))
        #expect(!grants.hasPermission("\u{212A}ey:read"))
        #expect(!grants.hasPermission("\u{212A}ey"))
    }

    @Test(
        "names of realms",
        arguments: [
            ("default", true), ("a", true), ("0-a", true), (String(repeating: "a", count: 32), true), ("", false),
            (String(repeating: "a", count: 33), false), ("-a", false), ("A", false), ("a_b", false), ("a.b", false),
            ("a/b", false), ("a\n", false), ("é", false), ("a\u{301}", false), ("..", false),
        ])
    func realmName(_ name: String, _ isValid: Bool) {
        #expect((RealmName(name) != nil) == isValid)
    }
}
