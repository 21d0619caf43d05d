import Standards
import TestSupport
import Testing

@Suite("Commands about API keys") struct APIKeyCommandTests {
    @Test func `the key alone goes to standard output, once`() async throws {
        try await Installation.with(.sqlite) { place in
            #expect(try await place.run("migrate").code == 0)
            #expect(try await place.run("permission", "create", "messages", "read").code == 0)
            let made = try await place.run(
                "api-key", "create", "backup", "--permission", "messages:read", "--network", "10.0.0.0/8", "--expires",
                "30d")
            #expect(made.code == 0, "\(made.errors)")
            #expect(made.output.hasPrefix("aldrava_") && made.output.utf8.count == 73, "\(made.output)")
            #expect(made.errors.hasPrefix("aldrava: API key 'backup' made; it is shown this once."))
            let key = made.output.dropLast()
            let listed = try await place.run("api-key", "list", "--json")
            let json = try JSON.parse(Array(listed.output.utf8))
            let first = try #require(json["result"]?["api_keys"]?.array?.first)
            let id = try #require(first["id"]?.string)
            #expect(first["state"]?.string == "active" && first["expires_at"]?.string != nil)
            #expect(!listed.output.contains(key) && made.errors.contains(id))
            let table = try await place.run("api-key", "list").output
            #expect(table.contains("10.0.0.0/8") && table.contains("messages:read") && !table.contains(key))

            let rotated = try await place.run("api-key", "rotate", id, "--overlap", "1h", "--json")
            let reply = try JSON.parse(Array(rotated.output.utf8))
            #expect(rotated.code == 0 && rotated.errors.isEmpty)
            #expect(reply["result"]?["key"]?.string?.hasPrefix("aldrava_") == true)
            #expect(reply["result"]?["api_key"]?["previous_until"]?.string != nil)
            #expect(reply["result"]?["key"]?.string != String(key))

            let revoked = try await place.run("api-key", "revoke", id).output
            #expect(revoked == "API key 'backup' is revoked; that holds from the next request on.\n")
            #expect(try await place.run("api-key", "revoke", id).output == "API key 'backup' was revoked already.\n")
            let again = try await place.run("api-key", "rotate", id)
            #expect(again.code == 1 && again.errors.contains("was revoked"))
        }
    }

    @Test func `slips say what was meant`() async throws {
        try await Installation.with(.sqlite) { place in
            #expect(try await place.run("migrate").code == 0)
            for (words, code, reason) in [
                (["create", "a", "--expires", "soon"], 2, "--expires needs a day such as"),
                (["create", "a", "--expires", "2020-01-01"], 1, "expires_at: must be in the future"),
                (["create", "a b", "--permission", "x:y"], 1, "permissions[0]: is no permission of this realm"),
                (["create", "a", "--network", "10.0.0.1/8"], 1, "networks[0]: must be an address or a CIDR block"),
                (["rotate", "a", "--overlap", "24"], 2, "--overlap needs a number of days"),
                (["rotate", "a"], 1, "There is no API key 'a'."), (["revoke", "a"], 1, "There is no API key 'a'."),
            ] as [([String], Int32, String)] {
                let ended = try await Program(
                    [Program.path, "api-key"] + words, environment: place.environment
                ).ended()
                #expect(ended.code == code && ended.errors.contains(reason), "\(words): \(ended.errors)")
            }
        }
    }

    @Test func `a key works at the next request, and is refused once it was revoked beside a server`() async throws {
        try await Installation.with(.sqlite) { place in
            #expect(try await place.run("migrate").code == 0)
            let secret = "a-key!of#printable~characters,32"
            try await place.serving(extra: ["ALDRAVA_SERVICE_KEY": secret]) { server async throws in
                let made = try await place.run("api-key", "create", "erp")
                let key = String(made.output.dropLast())
                func status(_ key: String) async -> Int {
                    await server.send("GET", "/api/auth/me", apiKey: key).status
                }
                // It is known who asks, and that it is nobody who has an account.
                #expect(await status(key) == 403)
                #expect(await status(secret) == 403)
                #expect(await status(key + "x") == 401)
                let id = try #require(made.errors.split(separator: " ").last.map { String($0.dropLast()) })
                #expect(try await place.run("api-key", "revoke", id).code == 0)
                #expect(await status(key) == 401)
            }
        }
    }
}
