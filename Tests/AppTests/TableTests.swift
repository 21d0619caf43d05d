import Domain
import Flows
import Standards
import Testing

@testable import App

@Suite("Tables") struct TableTests {
    @Test func `columns are as wide as their widest cell, and lines end without spaces`() {
        var layout = TableLayout(columns: nil)
        let table = Table(["A", "LONG"], [["\u{4E2D}\u{6587}", "x"], ["b", ""]])
        #expect(layout.lay(out: table) == "A     LONG\n\u{4E2D}\u{6587}  x\nb")
    }

    @Test func `a terminal cuts the widest columns, later pages have no titles, and nothing escapes`() {
        var layout = TableLayout(columns: 20)
        let row = ["12", String(repeating: "x", count: 40)]
        let first = layout.lay(out: Table(["N", "NAME"], [row])).split(separator: "\n")
        #expect(first == ["N   NAME", "12  xxxxxxxxxxxxxxx…"])
        #expect(layout.lay(out: Table(["N", "NAME"], [["3", "\u{1B}[2J\n"]])) == "3   \\u{1B}[2J\\u{A}")
    }

    @Test func `every command comes back from the wire as it was sent`() throws {
        let page = PageRequest(after: "7", limit: 5_000)
        #expect(page.limit == PageRequest.longest)
        let commands: [ControlCommand] = [
            .user(.add(username: "a", email: "b", password: Secret(utf8: "c"), roles: ["d"], makesRoles: true)),
            .user(.show("a")), .user(.setActive(true, user: "a")), .user(.signOut("a")),
            .user(.list(.init(isActive: false, text: "x", role: "y"), .byNumber, page)),
            .user(.list(.init(), .byNumber, page)),
            .role(.create(name: "a", description: "b")), .role(.list), .role(.show("a")),
            .role(.delete("a", force: true)), .permission(.list(resource: nil)), .permission(.list(resource: "a")),
            .permission(.create(resource: "a", action: "b", name: nil, description: "")),
            .grant(.change(.roleToUser(role: "a", user: "b"), isGrant: true)),
            .grant(.change(.permissionToRole(permission: "a", role: "b"), isGrant: false)),
            .grant(.listOfUser("a")), .grant(.listOfRole("a")), .session(.list(user: "a", page)),
            .session(.end("a")), .session(.endAll(user: "a")), .token(.inspect(Secret(utf8: "t"))),
            .apiKey(.create(.init(name: "a", permissions: ["b:c"], networks: ["::1"], expires: .never))),
            .apiKey(.create(.init(name: "a", permissions: [], networks: [], expires: .at(7)))),
            .apiKey(.create(.init(name: "a", permissions: [], networks: [], expires: .after(7)))),
            .apiKey(.list(page)), .apiKey(.rotate("a", overlap: 7)), .apiKey(.revoke("a")),
            .database(.migrate), .database(.backUp), .doctor(.examine), .doctor(.expect("a")), .doctor(.seen("a")),
        ]
        for command in commands {
            let sent = ControlRequest(realm: "default", command: command).json
            #expect(ControlRequest(sent)?.json == sent, "\(sent.text)")
        }
        #expect(ControlRequest(["realm": "default", "command": "user.nothing"]) == nil)
        #expect(ControlRequest(["realm": "default", "command": "nothing.show"]) == nil)
        #expect(ControlRequest(["realm": "default", "command": "grant.list", "user": "a", "role": "b"]) == nil)
    }
}
