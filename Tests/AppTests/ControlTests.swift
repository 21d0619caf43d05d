import Glibc
import Standards
import TestSupport
import Testing

@Suite("Commands beside a running server") struct ControlTests {
    @Test(arguments: Backend.available)
    func `a user disabled by a command is refused at the next request`(_ backend: Backend) async throws {
        try await Installation.with(backend) { place in
            try await place.serving { server async throws in
                let token = await server.register("maria")["token"]
                for _ in 0..<3 { #expect(await server.send("GET", "/api/auth/me", token: token).status == 200) }
                let disabled = try await place.run("user", "disable", "maria")
                #expect(disabled.output == "User 'maria' is disabled.\n")
                #expect(await server.send("GET", "/api/auth/me", token: token).status == 401)
                #expect(await server.logIn("maria").status == 401)
                #expect(try await place.run("user", "enable", "maria").code == 0)
                #expect(await server.logIn("maria").status == 200)
                #expect(await server.send("GET", "/api/auth/me", token: token).status == 401)
            }
        }
    }

    @Test func `a role granted by a command holds at the next request`() async throws {
        try await Installation.with(.sqlite) { place in
            #expect(
                try await place.run("admin", "create", "ana", "a@example.com", input: Installation.password).code == 0)
            try await place.serving { server async throws in
                let token = await server.register("maria")["token"]
                #expect(await server.send("GET", "/api/audit/logs", token: token).status == 403)
                #expect(try await place.run("grant", "role", "admin", "--user", "maria").code == 0)
                #expect(await server.send("GET", "/api/audit/logs", token: token).status == 200)
                #expect(try await place.run("revoke", "role", "admin", "--user", "maria").code == 0)
                #expect(await server.send("GET", "/api/audit/logs", token: token).status == 403)
            }
        }
    }

    @Test func `the control socket is the owner's alone and answers only commands`() async throws {
        try await Installation.with(.sqlite) { place in
            try await place.serving { _ async throws in
                #expect(place.mode("control.sock") == 0o600)
                let answer = try Program(
                    ["curl", "-s", "--unix-socket", "\(place.folder)/control.sock", "http://localhost/health"],
                    environment: ["PATH": "/usr/bin:/bin"])
                let said1 = await answer.ended().output
                #expect(said1.contains("not_understood"))
                let migrated = try await place.run("migrate", "--json")
                #expect(migrated.output.contains("\"schema_version\":"))
            }
        }
    }

    @Test func `a command beside a server needs none of the server's settings but the folder`() async throws {
        try await Installation.with(.sqlite) { place in
            try await place.serving { server async throws in
                _ = await server.register("maria")
                let bare = try Program(
                    [Program.path, "user", "show", "maria", "--data", place.folder], environment: [:])
                let said2 = await bare.ended().output
                #expect(said2.contains("username: maria"))
            }
        }
    }

    @Test func `a server that was killed leaves nothing in the way`() async throws {
        try await Installation.with(.sqlite) { place in
            try await place.serving { server async throws in
                _ = await server.register("maria")
                server.program.signal(SIGKILL)
            }
            #expect(place.mode("control.sock") != 0)
            #expect(try await place.run("user", "show", "maria").code == 0)
            try await place.serving { server async throws in
                #expect(await server.logIn("maria").status == 200)
                #expect(try await place.run("user", "show", "maria").code == 0)
            }
        }
    }

    @Test func `a lock whose holder does not answer is one sentence`() async throws {
        try await Installation.with(.sqlite) { place in
            #expect(try await place.run("migrate").code == 0)
            let holder = try Program(
                ["flock", "-F", "\(place.folder)/lock", "sh", "-c", "echo held; read wait"],
                environment: ["PATH": "/usr/bin:/bin"], keepsInputOpen: true)
            #expect(await holder.readLine() == "held")
            let ended = try await place.run("user", "show", "maria")
            #expect(ended.code == 4)
            #expect(ended.errors.contains("nobody answers on its control socket"))
            holder.signal(SIGKILL)
            _ = await holder.ended()
        }
    }
}
