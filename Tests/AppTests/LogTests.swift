import Concurrency
import Glibc
import Standards
import TestSupport
import Testing

@Suite("The log files") struct LogTests {
    private func ids(_ lines: [JSON]) -> [String] { lines.compactMap { $0["this"]?["event"]?.string } }

    /// Whether the sign-in of somebody comes to be in the file, and so everything before it. PostgreSQL shows an event
    /// when no older transaction of the whole server runs any more.
    private func shows(_ user: String, _ place: Installation) async throws -> Bool {
        try await place.eventually {
            try place.lines().contains { $0["did"]?.string == "login" && $0["who"]?.string == user }
        }
    }

    @Test(arguments: Backend.available)
    func `events reach the file within moments, with nine fields and no secret`(_ backend: Backend) async throws {
        try await Installation.with(backend) { place in
            try await place.serving { server async throws in
                let registered = await server.register("maria")
                _ = await server.logIn("maria", password: "not the right one")
                #expect(try await shows("maria", place))
                let names = ["who", "did", "this", "when", "confirmed_by", "if_ok", "if_doubt", "if_not", "status"]
                for line in try place.lines() + place.lines("logline.system.jsonl") {
                    #expect(line.members?.map(\.name) == names)
                }
                let text = String(decoding: place.read("logline.jsonl"), as: UTF8.self)
                for secret in [
                    Installation.password, "not the right one", registered["token"], registered["refresh_token"],
                ] {
                    #expect(!text.contains(secret ?? "missing"))
                }
                #expect(text.contains("\"who\":\"maria\""))
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a file that lost its end is completed without gaps and doubles`(_ backend: Backend) async throws {
        try await Installation.with(backend) { place in
            try await place.serving { server async throws in
                for index in 0..<5 { _ = await server.register("user\(index)") }
                #expect(try await shows("user4", place))
            }
            let whole = place.read("logline.jsonl")
            #expect(try place.lines().count >= 5)
            for kept in [whole.count - 1, whole.count - 40, whole.count / 2, 10, 0] {
                place.write(Array(whole.prefix(kept)), to: "logline.jsonl")
                try await place.serving { _ async throws in
                    #expect(await place.eventually { place.read("logline.jsonl").count >= whole.count })
                }
                #expect(place.read("logline.jsonl") == whole, "\(kept) of \(whole.count) bytes were left")
            }
        }
    }

    @Test(arguments: Backend.available)
    func `after a kill every acknowledged event is there once and in order`(_ backend: Backend) async throws {
        try await Installation.with(backend) { place in
            var acknowledged = 0
            for round in 0..<3 {
                try await place.serving { server async throws in
                    await withTaskGroup(of: Bool.self) { group in
                        for index in 0..<20 {
                            group.addTask { await server.register("u\(round)x\(index)").status == 201 }
                        }
                        for await isDone in group {
                            if isDone { acknowledged += 1 }
                            if acknowledged == 8 * (round + 1) { server.program.signal(SIGKILL) }
                        }
                    }
                }
            }
            try await place.serving { server async throws in
                _ = await server.register("last")
                #expect(try await shows("last", place))
            }
            let events = ids(try place.lines())
            #expect(Set(events).count == events.count)
            let users = try place.lines().filter {
                $0["did"]?.string == "create_user" || $0["did"]?.string == "register"
            }
            #expect(users.count >= acknowledged)
            _ = unsafe unlink("\(place.folder)/logline.jsonl")
            try await place.serving { _ async throws in #expect(try await shows("last", place)) }
            #expect(ids(try place.lines()) == events)
        }
    }

    @Test(arguments: Backend.available)
    func `a full disk makes the file late and stops nothing`(_ backend: Backend) async throws {
        try await Installation.with(backend) { place in
            #expect(try await place.run("migrate").code == 0)
            let limit = 8 << 20
            let junk = [UInt8](repeating: UInt8(ascii: "x"), count: limit - 100) + [0x0A]
            place.write(junk, to: "logline.jsonl")
            try await place.serving(wrapper: ["prlimit", "--fsize=\(limit):unlimited"]) { server in
                #expect(await server.register("maria").status == 201)
                #expect(await server.logIn("maria").status == 200)
                let isReported = try await place.eventually {
                    try place.lines("logline.system.jsonl").contains { $0["did"]?.string == "audit_log_late" }
                }
                #expect(isReported)
                #expect(place.read("logline.jsonl").count == junk.count)
                let raise = try Program(
                    ["prlimit", "--pid", "\(server.program.serving)", "--fsize=unlimited"],
                    environment: ["PATH": "/usr/bin:/bin"])
                #expect(await raise.ended().code == 0)
                #expect(
                    await place.eventually {
                        place.read("logline.jsonl").dropFirst(junk.count).split(separator: 0x0A).count >= 2
                    })
            }
            let system = try place.lines("logline.system.jsonl").compactMap { $0["did"]?.string }
            #expect(system.contains("audit_log_completed"))
            #expect(system.contains("audit_log_foreign_lines"))
        }
    }

    @Test func `trouble that every request has is written a few times, not each time`() async throws {
        try await Installation.with(.sqlite) { place in
            #expect(try await place.run("migrate").code == 0)
            var windows = 0
            // Files cannot grow beyond this: soon the database takes no more changes. ThreadSanitizer needs half a MiB.
            try await place.serving(wrapper: ["prlimit", "--fsize=600000:unlimited"]) { server in
                var failed = 0
                let began = MonotonicTime.now()
                for index in 0..<500 where failed < 60 {
                    if await server.register("user\(index)").status == 503 { failed += 1 }
                }
                #expect(failed == 60)
                windows = 2 + Int(MonotonicTime.now().since(began) / .seconds(10))
            }
            let did = try place.lines("logline.system.jsonl").map { $0["did"]?.string }
            #expect((1...20 * windows).contains(did.count { $0 == "database_fault" }), "20 in each 10 s")
        }
    }

    @Test func `a log that is a symbolic link is refused`() async throws {
        try await Installation.with(.sqlite) { place in
            #expect(try await place.run("migrate").code == 0)
            _ = unsafe symlink("/dev/null", "\(place.folder)/logline.jsonl")
            let ended = try await place.run("serve")
            #expect(ended.code == 3)
            #expect(ended.errors.contains("is a symbolic link"))
        }
    }
}
