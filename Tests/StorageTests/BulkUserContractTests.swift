import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: whole populations")
struct BulkUserContractTests {
    private static let time = Timestamp(milliseconds: 1_600_000_000_000)

    private static func user(
        _ name: String, id: ID<User> = Sample.id(), email: String? = nil, full: Bool = true, roles: [ID<Role>] = [],
        permissions: [ID<Permission>] = []
    ) -> BulkUser {
        BulkUser(
            id: id, username: Username(text: name.uppercased(), key: name),
            email: EmailAddress(text: email ?? "\(name)@example.org", key: email ?? "\(name)@example.org"),
            isActive: full, emailVerifiedAt: full ? time : nil, bannedUntil: full ? time : nil,
            deactivatedAt: full ? time : nil, lastSignInAt: full ? time : nil, createdAt: full ? time : nil,
            language: full ? .portuguese : nil, appMetadata: #"{"a":1}"#, userMetadata: "{}",
            password: full ? StoredPassword(hash: Secret(utf8: "$x$\(name)"), format: "$x") : nil, roles: roles,
            permissions: permissions, subjectKey: WrappedKey(bytes: [1, 2], epoch: 1),
            importDigest: Array(name.utf8))
    }

    private func withKeyedStore(_ backend: Backend, _ body: (any Store) async throws -> Void) async throws {
        try await backend.withStore { store in
            try await store.transaction { (tx) throws(StoreFault) in try tx.claim(Sample.wrappingKey(1)) }
            try await body(store)
        }
    }

    @Test(arguments: Backend.contract)
    func `users come in with everything, in their order, and go out with it`(_ backend: Backend) async throws {
        try await withKeyedStore(backend) { store in
            let role = Sample.role("editor")
            let permission = Sample.permission("messages", "read")
            let users = [
                Self.user("ana", roles: [role.id], permissions: [permission.id]), Self.user("bea", full: false),
            ]
            let inserted = try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert(role)
                _ = try tx.insert(permission)
                return try tx.insert(users, realm: .standard)
            }
            #expect(inserted == Set(users.map(\.id)))
            let found = try await store.read { (reader) throws(StoreFault) in
                try reader.portraits(realm: .standard, after: 0, limit: 10)
            }
            #expect(found.map(\.user.id) == users.map(\.id))
            let (ana, bea) = (found[0], found[1])
            #expect(ana.user.number < bea.user.number)
            #expect(ana.user.username.text == "ANA" && ana.user.isActive && ana.user.language == .portuguese)
            #expect(ana.user.createdAt == Self.time && ana.user.emailVerifiedAt == Self.time)
            #expect(ana.user.bannedUntil == Self.time && ana.user.deactivatedAt == Self.time)
            #expect(ana.user.lastSignInAt == Self.time && ana.user.appMetadata == #"{"a":1}"#)
            #expect(ana.password?.hash.exposed == Array("$x$ana".utf8) && ana.password?.format == "$x")
            #expect(ana.roles == ["editor"] && ana.permissions.map(\.description) == ["messages:read"])
            #expect(!bea.user.isActive && bea.user.emailVerifiedAt == nil && bea.password == nil && bea.roles == [])
            #expect(bea.user.createdAt > Self.time)
            let (rest, elsewhere, key) = try await store.read { (reader) throws(StoreFault) in
                (
                    try reader.portraits(realm: .standard, after: ana.user.number, limit: 10),
                    try reader.portraits(realm: .system, after: 0, limit: 10),
                    try reader.subjectKey(of: ana.user.id, realm: .standard)
                )
            }
            #expect(rest.count == 1 && elsewhere.isEmpty && key == [1, 2])
        }
    }

    @Test(arguments: Backend.contract)
    func `whoever's id, name or address is taken is left out, and nothing of him is written`(
        _ backend: Backend
    ) async throws {
        try await withKeyedStore(backend) { store in
            let there = try await store.addUser("ana")
            let users = [
                Self.user("x1", id: there.id), Self.user("ana", email: "x2@example.org"),
                Self.user("x3", email: "ana@example.org"), Self.user("new"),
            ]
            let inserted = try await store.transaction { (tx) throws(StoreFault) in
                try tx.insert(users, realm: .standard)
            }
            #expect(inserted == [users[3].id])
            let left = try await store.read { (reader) throws(StoreFault) in
                try users[..<3].map { (user) throws(StoreFault) in try reader.password(of: user.id) }
            }
            #expect(left.allSatisfy { $0 == nil })
        }
    }

    @Test(arguments: Backend.contract)
    func `people are known by id in every realm, and by name and address in their own`(
        _ backend: Backend
    ) async throws {
        try await withKeyedStore(backend) { store in
            let (ana, bea) = (Self.user("ana"), Self.user("bea"))
            let far = Self.user("far")
            let found = try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert([ana, bea], realm: .standard)
                _ = try tx.insert([far], realm: .system)
                return try [
                    [UserKeys(id: ana.id, usernames: ["nobody"], email: "bea@example.org")],
                    [UserKeys(id: nil, usernames: ["nobody", "bea"], email: "x")],
                    [UserKeys(id: far.id, usernames: [], email: "")],
                    [UserKeys(id: nil, usernames: ["far"], email: "far@example.org")], [],
                ].map { (keys) throws(StoreFault) in
                    Set(try tx.knownUsers(keys, realm: .standard).map(\.username.key))
                }
            }
            #expect(found == [["ana", "bea"], ["bea"], ["far"], [], []])
            let known = try await store.read { (reader) throws(StoreFault) in
                try reader.knownUsers([UserKeys(id: ana.id, usernames: [], email: "")], realm: .standard)
            }
            #expect(known.first?.importDigest == Array("ana".utf8))
        }
    }

    @Test(arguments: Backend.contract)
    func `a change gives a password only to whoever has none`(_ backend: Backend) async throws {
        try await withKeyedStore(backend) { store in
            let (ana, bea) = (Self.user("ana"), Self.user("bea", full: false))
            let (first, second, foreign) = try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert([ana, bea], realm: .standard)
                return (
                    try tx.update(Self.user("anna", id: ana.id), realm: .standard),
                    try tx.update(Self.user("beata", id: bea.id), realm: .standard),
                    try tx.update(Self.user("foreign", id: bea.id), realm: .system)
                )
            }
            #expect(first && second && !foreign)
            let hashes = try await store.read { (reader) throws(StoreFault) in
                try [ana.id, bea.id].map { (id) throws(StoreFault) in try reader.password(of: id)?.hash.exposed }
            }
            #expect(hashes == [Array("$x$ana".utf8), Array("$x$beata".utf8)])
            let names = try await store.read { (reader) throws(StoreFault) in
                try reader.outlines(realm: .standard, after: 0, limit: 10).map(\.username.key)
            }
            #expect(names == ["anna", "beata"])
        }
    }

    @Test(arguments: Backend.contract)
    func `an outline says what is missing of somebody`(_ backend: Backend) async throws {
        try await withKeyedStore(backend) { store in
            _ = try await store.addUser("bare")
            try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert([Self.user("full")], realm: .standard)
            }
            let outlines = try await store.read { (reader) throws(StoreFault) in
                try reader.outlines(realm: .standard, after: 0, limit: 10)
            }
            #expect(outlines.map(\.hasPassword) == [false, true])
            #expect(outlines.map(\.hasSignedIn) == [false, true])
            #expect(outlines.map(\.hasSubjectKey) == [false, true])
        }
    }

    @Test(arguments: Backend.contract)
    func `nobody is written whose key nobody could open`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            await #expect(throws: StoreFault.self) {
                try await store.transaction { (tx) throws(StoreFault) in
                    _ = try tx.insert([Self.user("ana")], realm: .standard)
                }
            }
            let users = try await store.read { (reader) throws(StoreFault) in
                try reader.outlines(realm: .standard, after: 0, limit: 10)
            }
            #expect(users.isEmpty)
        }
    }
}
