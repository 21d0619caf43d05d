import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Import and export") struct ImportTests {
    static let run = ID<Event>(high: 1, low: 2)
    /// Of "correct horse battery", at cost 4, made with Python's bcrypt.
    static let hash = "$2b$04$BFOuRQGpue76X2hTl4OP/u/L9f.rMfiZwj2w9V0xzMEgupWIyVsEC"

    static func options(
        _ onConflict: ImportUsers.Conflict = .skip, isDryRun: Bool = false, createsRoles: Bool = false, size: Int = 100
    ) -> ImportUsers.Options {
        ImportUsers.Options(
            onConflict: onConflict, isDryRun: isDryRun, createsRoles: createsRoles, perTransaction: size)
    }

    static func users(_ rows: [JSON]) throws -> [ImportedUser] {
        try rows.enumerated().map { place, row in
            guard case .user(let user) = try #require(ImportRow(row, line: place + 1)).read() else {
                throw World.WorldFault.refused("row \(place + 1)")
            }
            return user
        }
    }

    private func take(
        _ rows: [JSON], _ options: ImportUsers.Options = options(), in world: World
    ) async throws -> ImportTally {
        try await world.useCases.population.importUsers(
            try Self.users(rows), options, run: Self.run, in: world.realm)
    }

    private func counts(_ tally: ImportTally) -> [Int] { tally.counts.map(\.count) }

    @Test(arguments: Backend.available)
    func `the same rows again change nothing, and the rehearsal foretells what is done`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp("taken")
            let rows: [JSON] = [
                ["email": "ana@example.com", "username": "ana"], ["email": "ana@example.org"],
                ["email": "taken@example.com"], ["email": "x@example.com", "username": "TAKEN"],
                ["email": "bea@example.com", "roles": ["nothing"]],
            ]
            let rehearsed = try await take(rows, Self.options(isDryRun: true), in: world)
            #expect(counts(rehearsed) == [2, 0, 0, 1, 2])
            #expect(Set(rehearsed.problems.map(\.code)) == ["exists", "username_taken", "no_such_role"])
            let done = try await take(rows, in: world)
            #expect(counts(done) == counts(rehearsed) && done.problems == rehearsed.problems)
            let again = try await take(rows, in: world)
            #expect(counts(again) == [0, 0, 2, 1, 2])
            // The second address's first part was somebody's name by then.
            let found = try await world.store.read { (reader) throws(StoreFault) in
                try reader.user(emailKey: "ana@example.org", realm: .standard)
            }
            let name = try #require(found?.username.text)
            #expect(name.utf8.starts(with: "ana-".utf8) && name.utf8.count == 14)
        }
    }

    @Test(arguments: Backend.available)
    func `an import that was cut off goes on where it ended`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let rows: [JSON] = (0..<20).map { ["email": .string("u\($0)@example.com"), "username": .string("u\($0)")] }
            #expect(counts(try await take(Array(rows[..<7]), Self.options(size: 3), in: world)) == [7, 0, 0, 0, 0])
            #expect(counts(try await take(rows, Self.options(size: 3), in: world)) == [13, 0, 7, 0, 0])
            let page = try await world.useCases.population.outlineUsers(in: .standard, after: 0, limit: 100)
            #expect(page.users.map(\.username.text) == (0..<20).map { "u\($0)" })
        }
    }

    @Test(arguments: Backend.available)
    func `an update changes what the row says, keeps the rest, and never gives an old password back`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let own = try await world.signUp("maria")
            let row: JSON = [
                "id": .string(own.user.id.text), "email": "maria@example.net", "password_hash": .string(Self.hash),
                "user_metadata": ["a": 1],
            ]
            #expect(counts(try await take([row], in: world)) == [0, 0, 0, 1, 0])
            #expect(counts(try await take([row], Self.options(.update), in: world)) == [0, 1, 0, 0, 0])
            #expect(counts(try await take([row], Self.options(.update), in: world)) == [0, 0, 1, 0, 0])
            let user = try await world.store.read { (reader) throws(StoreFault) in
                try reader.user(own.user.id, realm: .standard)
            }
            #expect(user?.username.text == "maria" && user?.email.text == "maria@example.net")
            #expect(user?.userMetadata == #"{"a":1}"#)
            let hash = try await world.store.read { (reader) throws(StoreFault) in
                try reader.password(of: own.user.id)?.format
            }
            #expect(hash?.utf8.starts(with: "$argon2id".utf8) == true)
        }
    }

    @Test(arguments: Backend.available)
    func `an account that a stranger made for an address gets nothing by it`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let planted = try await world.signUp("maria")
            let row: JSON = ["email": "maria@example.com", "email_verified": true, "roles": ["editor"]]
            let tally = try await take([row], Self.options(.update, createsRoles: true), in: world)
            #expect(tally.problems.map(\.code) == ["unproven"] && tally.updated == 0 && tally.refused == 1)
            let user = try await world.store.read { (reader) throws(StoreFault) in
                try reader.user(planted.user.id, realm: .standard)
            }
            #expect(user?.emailVerifiedAt == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `whoever an update shuts out is signed out at once`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let own = try await world.signUp("maria")
            _ = try await world.whoIs(own.accessToken).get()
            let row: JSON = ["id": .string(own.user.id.text), "email": "maria@example.com", "active": false]
            _ = try await take([row], Self.options(.update), in: world)
            await #expect(throws: World.Refused.self) { try await world.whoIs(own.accessToken).get() }
        }
    }

    @Test(arguments: Backend.available)
    func `an id of another realm, and an address under another id, are refused`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let own = try await world.signUp("maria")
            let system = try #require(try await world.useCases.realms.find(.system))
            let id = JSON.string(own.user.id.text)
            let foreign = try await world.useCases.population.importUsers(
                try Self.users([["id": id, "email": "maria@example.com"]]), Self.options(.update), run: Self.run,
                in: system)
            #expect(foreign.problems.map(\.code) == ["id_taken"])
            let other = try await take(
                [["id": "11111111-2222-4333-8444-555555555555", "email": "maria@example.com"]],
                Self.options(.update), in: world)
            #expect(other.problems.map(\.code) == ["email_taken"])
        }
    }

    @Test(arguments: Backend.available)
    func `who was imported signs in, and what is exported is read again elsewhere`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let row: JSON = [
                "id": "11111111-2222-4333-8444-555555555555", "username": "ana", "email": "ana@example.com",
                "password_hash": .string(Self.hash), "created_at": "2020-01-02 03:04:05+00", "email_verified": true,
                "roles": ["editor"], "language": "pt-BR", "app_metadata": ["plan": "gold"],
            ]
            #expect(counts(try await take([row], Self.options(createsRoles: true), in: world)) == [1, 0, 0, 0, 0])
            guard case .signedIn(let tokens) = try await world.signIn("ana") else {
                Issue.record("the imported password is refused")
                return
            }
            #expect(tokens.user.id.text == "11111111-2222-4333-8444-555555555555")
            #expect(tokens.grants.roles == ["editor"])
            let page = try await world.useCases.population.exportUsers(in: world.realm, after: 0, limit: 10)
            let lines = page.rows.map(\.json.text)
            #expect(page.next == nil && lines.count == 1)
            try await backend.withStore { store in
                let other = try await World.open(store, clock: world.clock)
                let users = try Self.users(try lines.map { try JSON.parse($0) })
                let tally = try await other.useCases.population.importUsers(
                    users, Self.options(createsRoles: true), run: Self.run, in: other.realm)
                #expect(tally.created == 1 && tally.problems.isEmpty)
                guard case .signedIn(let there) = try await other.signIn("ana@example.com") else {
                    Issue.record("the exported password is refused")
                    return
                }
                #expect(there.user.id == tokens.user.id && there.user.createdAt == tokens.user.createdAt)
                #expect(there.user.createdAt.iso8601 == "2020-01-02T03:04:05.000Z")
                #expect(there.grants.roles == ["editor"])
                let user = try await other.store.read { (reader) throws(StoreFault) in
                    try reader.user(there.user.id, realm: .standard)
                }
                #expect(user?.emailVerifiedAt?.iso8601 == "2020-01-02T03:04:05.000Z")
                #expect(user?.language == .portuguese && user?.appMetadata == #"{"plan":"gold"}"#)
            }
        }
    }

    @Test(arguments: Backend.available)
    func `each slice leaves an event with counts, and no address in it`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let rows: [JSON] = (0..<5).map { ["email": .string("u\($0)@example.com")] }
            _ = try await take(rows, Self.options(size: 2), in: world)
            try await world.useCases.population.importUsers.note(
                "end", run: Self.run, [("created", 5)], in: world.realm)
            let lines = try await world.audit(count: 4).map(\.json.text)
            #expect(lines.count == 4 && lines.allSatisfy { $0.utf8.count > 0 })
            for (line, created) in zip(lines, [2, 2, 1, 5]) {
                let line = try JSON.parse(line)
                #expect(line["did"]?.string == "import_users")
                #expect(line["this"]?["created"]?.integer == Int64(created))
                #expect(!line.text.utf8.split(separator: UInt8(ascii: "@")).indices.contains(1))
            }
        }
    }

    static let refusedRows: [(JSON, [String])] = [
        (["email": "nowhere"], ["email"]), ([:], ["email"]),
        (
            [
                "email": "a@example.com", "id": "7", "username": "a@b", "created_at": "yesterday", "active": "maybe",
                "password_hash": "md5$x", "roles": ["a b"], "language": "xx", "app_metadata": [1], "secret": 1,
            ],
            [
                "id", "username", "created_at", "active", "password_hash", "roles", "language", "app_metadata", "",
            ]
        ),
    ]

    @Test(arguments: refusedRows)
    func `every problem of a row is told, and nothing of what it says`(_ row: JSON, _ fields: [String]) throws {
        guard case .refused(let problems) = try #require(ImportRow(row, line: 9)).read() else {
            Issue.record("taken")
            return
        }
        #expect(Set(problems.map(\.field)) == Set(fields) && problems.allSatisfy { $0.line == 9 })
        for problem in problems {
            for word in ["nowhere", "yesterday", "maybe", "md5", "secret"] {
                #expect(!"\(problem)".split(separator: "\"").map(String.init).contains(word))
            }
        }
    }
}
