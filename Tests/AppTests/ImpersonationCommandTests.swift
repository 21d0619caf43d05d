import Standards
import TestSupport
import Testing

@Suite("Commands about operators who act as somebody, and the code for the safe") struct ImpersonationCommandTests {
    @Test func `an impersonation is begun, listed and ended`() async throws {
        try await Installation.with(.sqlite) { place in
            let password = "correct horse battery\n"
            let made = try await place.run(
                "admin", "create", "rui", "rui@example.com", "--realm", "system", "--password-stdin", input: password)
            #expect(made.code == 0, "\(made.errors)")
            let user = try await place.run(
                "user", "add", "ana", "ana@example.com", "--password-stdin", input: password)
            #expect(user.code == 0, "\(user.errors)")
            func begin(_ name: String, _ option: String, _ value: String = "15") async throws -> Program.Ended {
                try await place.run(
                    "impersonate", "begin", "ana", "--reason", "Ticket 4711: empty list", "--operator", name, option,
                    option == "--minutes" ? value : "--json")
            }
            let begun = try await begin("rui", "--json")
            #expect(begun.code == 0, "\(begun.errors)")
            let result = try #require(try JSON.parse(Array(begun.output.utf8))["result"])
            let id = try #require(result["impersonation"]?.string)
            #expect(result["token"]?.string?.hasPrefix("eyJ") == true && result["write"]?.bool == false)
            #expect(try await begin("ana", "--write").output.contains("nobody of the realm 'system'"))
            #expect(try await begin("rui", "--minutes", "61").code == 2)
            let plain = try await begin("rui", "--minutes", "5")
            #expect(plain.output.hasPrefix("eyJ") && plain.errors.contains("for looking only"))
            let listed = try await place.run("impersonate", "list").output
            #expect(listed.contains(id) && listed.contains("Ticket 4711") && listed.contains("active"))
            let ended = try await place.run("impersonate", "end", id)
            #expect(ended.code == 0 && ended.output.contains("ended"))
            #expect(try await place.run("impersonate", "end", id).output.contains("was over already"))
            #expect(try await place.run("impersonate", "end", "x").code == 1)
            let sessions = try await place.run("impersonate", "list", "--limit", "1", "--json").output
            #expect(sessions.contains(#""active":true"#))
        }
    }

    @Test func `the code for the safe is made, told of by the doctor, and revoked`() async throws {
        try await Installation.with(.sqlite) { place in
            #expect(try await place.run("migrate").code == 0)
            #expect(try await place.run("doctor").output.contains("There is no break-glass code."))
            #expect(try await place.run("break-glass", "status").output.contains("There is no break-glass code"))
            let made = try await place.run("break-glass", "create")
            #expect(made.code == 0 && made.output.utf8.count == 45, "\(made.output)")
            #expect(made.errors.contains("shown this once"))
            #expect(try await place.run("break-glass", "status", "--json").output.contains(#""state":"ready""#))
            #expect(try await place.run("doctor").output.contains("waits to be needed"))
            #expect(try await place.run("break-glass", "revoke").output.contains("good for nothing"))
            #expect(try await place.run("break-glass", "revoke", "--json").output.contains(#""changed":false"#))
        }
    }
}
