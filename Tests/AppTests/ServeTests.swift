import Concurrency
import Glibc
import Standards
import TestSupport
import Testing

@Suite("Serve") struct ServeTests {
    @Test(arguments: Backend.available)
    func `a server starts, carries one journey and stops`(_ backend: Backend) async throws {
        try await Installation.with(backend) { place in
            try await place.serving { server async throws in
                #expect(server.readyLine.hasPrefix("aldrava 0."))
                #expect(server.readyLine.hasSuffix("(data: \(place.folder))"))
                #expect(await server.send("GET", "/health")["status"] == "ok")
                let registered = await server.register("maria")
                #expect(registered.status == 201)
                let token = registered["token"]
                #expect(await server.send("GET", "/api/auth/me", token: token)["username"] == "maria")
                let refreshed = await server.send(
                    "POST", "/api/auth/refresh", ["refresh_token": .string(registered["refresh_token"] ?? "")])
                #expect(refreshed.status == 200)
                #expect(await server.send("POST", "/api/auth/logout", token: refreshed["token"]).status < 300)
                #expect(await server.send("GET", "/api/auth/me", token: refreshed["token"]).status == 401)
                // PostgreSQL shows an event when no older transaction of the whole server runs any more.
                let isWritten = try await place.eventually {
                    try place.lines().contains { $0["did"]?.string == "create_user" && $0["who"]?.string == "maria" }
                }
                #expect(isWritten)
            }
            #expect(place.mode("") == 0o700)
            for name in ["lock", "master.key", "logline.jsonl", "logline.system.jsonl"] {
                #expect(place.mode(name) == 0o600, "\(name)")
            }
            #expect(place.mode("control.sock") == 0)
            let system = try place.lines("logline.system.jsonl").compactMap { $0["did"]?.string }
            #expect(system.first == "start")
            #expect(system.last == "stop")
        }
    }

    @Test(arguments: Backend.available)
    func `what one server wrote the next one knows`(_ backend: Backend) async throws {
        try await Installation.with(backend) { place in
            var token: String?
            try await place.serving { server in token = await server.register("maria")["token"] }
            try await place.serving { server async throws in
                #expect(await server.send("GET", "/api/auth/me", token: token)["username"] == "maria")
                #expect(await server.logIn("maria").status == 200)
            }
        }
    }

    @Test func `a second server on the same folder exits with one sentence`() async throws {
        try await Installation.with(.sqlite) { place in
            try await place.serving { server async throws in
                let second = try await place.run("serve")
                #expect(second.code == 4)
                #expect(
                    second.errors == "aldrava: Another server, or a command, holds the data folder \(place.folder).\n")
                #expect(await server.send("GET", "/health").status == 200)
            }
        }
    }

    @Test func `a port in use is one sentence`() async throws {
        try await Installation.with(.sqlite) { place in
            try await place.serving { server async throws in
                let extra = ["ALDRAVA_LISTEN": "127.0.0.1:\(server.port)", "ALDRAVA_DATA": "\(place.folder)-2"]
                let second = try await place.run("serve", extra: extra)
                #expect(second.code == 4)
                #expect(second.errors == "aldrava: 127.0.0.1:\(server.port) is already in use by another process.\n")
            }
        }
    }

    @Test(arguments: Backend.available)
    func `the master key must be the database's own`(_ backend: Backend) async throws {
        try await Installation.with(backend) { place in
            #expect(try await place.run("migrate").code == 0)
            let key = place.read("master.key")
            #expect(key.count == 65)

            place.write(Array(String(repeating: "0", count: 64).utf8), to: "master.key")
            let wrong = try await place.run("serve")
            #expect(wrong.code == 3)
            #expect(wrong.errors == "aldrava: The master key is not the one this database was made with.\n")

            place.write(key, to: "master.key", mode: 0o600)
            _ = unsafe chmod("\(place.folder)/master.key", 0o640)
            let said1 = try await place.run("serve").errors
            #expect(said1.contains("may be read by other users"))

            _ = unsafe unlink("\(place.folder)/master.key")
            let missing = try await place.run("serve")
            #expect(missing.code == 3)
            #expect(missing.errors.contains("is missing"))
            #expect(place.mode("master.key") == 0)

            let given = try await place.run(
                "migrate", extra: ["ALDRAVA_MASTER_KEY": String(decoding: key.dropLast(), as: UTF8.self)])
            #expect(given.code == 0)
            #expect(place.mode("master.key") == 0)
        }
    }

    @Test func `a data folder that cannot be used is one sentence`() async throws {
        try await Installation.with(.sqlite) { place in
            let parent = try await place.run("serve", extra: ["ALDRAVA_DATA": "\(place.folder)/a/b"])
            #expect(parent.code == 3)
            #expect(parent.errors.contains("its parent folder does not exist"))
            let file = try await place.run("serve", extra: ["ALDRAVA_DATA": "/dev/null"])
            #expect(file.code == 3)
            #expect(file.errors.contains("is not a folder"))
            _ = unsafe mkdir(place.folder, 0o777)
            _ = unsafe chmod(place.folder, 0o777)
            let open = try await place.run("serve")
            #expect(open.code == 3)
            #expect(open.errors.contains("may be changed by other users"))
            guard geteuid() == 0 else { return }  // nobody else can give a folder away
            _ = unsafe chmod(place.folder, 0o755)
            _ = unsafe chown(place.folder, 1, 1)
            let foreign = try await place.run("serve")
            #expect(foreign.code == 3)
            #expect(foreign.errors.contains("belongs to another user"))
        }
    }

    @Test func `an unreachable database is one sentence without its password`() async throws {
        try await Installation.with(.sqlite) { place in
            let url = "postgres://aldrava:hunter2@127.0.0.1:1/none"
            let ended = try await place.run("serve", extra: ["ALDRAVA_DATABASE": url])
            #expect(ended.code == 4)
            #expect(ended.errors.hasPrefix("aldrava: The database cannot be used: "))
            #expect(ended.errors.utf8.count { $0 == 0x0A } == 1)
            #expect(!ended.errors.contains("hunter2"))
        }
    }

    @Test func `a server listens on a Unix socket`() async throws {
        try await Installation.with(.sqlite) { place in
            let socket = "\(place.folder).sock"
            let program = try Program(
                [Program.path, "serve"],
                environment: place.environment.merging(["ALDRAVA_LISTEN": "unix:\(socket)"]) { $1 })
            #expect(await program.readLine().contains("listening on unix:\(socket)"))
            let answer = try Program(
                ["curl", "-s", "--unix-socket", socket, "http://localhost/health"],
                environment: ["PATH": "/usr/bin:/bin"])
            let said2 = await answer.ended().output
            #expect(said2.contains("ok"))
            program.signal(SIGINT)
            #expect(await program.ended().code == 0)
        }
    }

    @Test(arguments: Backend.available)
    func `a request under way is answered before the server stops`(_ backend: Backend) async throws {
        try await Installation.with(backend) { place in
            // However slow the machine is, it is the server's end that waits, not its patience that ends.
            let slow = [
                "ALDRAVA_ARGON2_MEMORY_KIB": "131072", "ALDRAVA_ARGON2_PASSES": "6", "ALDRAVA_SHUTDOWN_GRACE": "600",
            ]
            try await place.serving(extra: slow) { server in
                async let registered = server.register("maria")
                await server.program.hashes()
                server.program.stop()
                #expect(await registered.status == 201)
            }
            let last = try place.lines("logline.system.jsonl").last
            #expect(last?["did"]?.string == "stop")
        }
    }

    @Test func `a second signal ends a slow stop at once`() async throws {
        try await Installation.with(.sqlite) { place in
            let slow = ["ALDRAVA_ARGON2_MEMORY_KIB": "1048576", "ALDRAVA_ARGON2_PASSES": "16"]
            let program = try Program(
                [Program.path, "serve"], environment: place.environment.merging(slow) { $1 })
            let line = await program.readLine()
            let port = UInt16(line.split(separator: " ")[4].split(separator: ":").last ?? "") ?? 0
            async let registered = send(
                "POST", "/api/auth/register", port: port,
                body: [
                    "username": "maria", "email": "maria@example.com", "password": .string(Installation.password),
                ])
            await program.hashes()
            program.signal(SIGTERM)
            await Program.pause(microseconds: 200_000)
            program.signal(SIGTERM)
            #expect(await program.ended().code == -SIGTERM)
            #expect(await registered.status == 0)
        }
    }
}
