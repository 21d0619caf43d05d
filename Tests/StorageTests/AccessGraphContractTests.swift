import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: what is held through links") struct AccessGraphContractTests {
    private static func group(_ name: String) -> Group {
        Group(
            id: Sample.id(), realm: .standard, name: name, description: "", createdAt: Timestamp(milliseconds: 7))
    }

    @Test(arguments: Backend.contract)
    func `one query follows groups, roles and what roles include`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let (inner, outer) = (Self.group("inner"), Self.group("outer"))
            let (editor, reader) = (Sample.role("editor"), Sample.role("reader"))
            let (read, write) = (Sample.permission("mail", "read"), Sample.permission("mail", "write"))
            try await store.transaction { (tx) throws(StoreFault) in
                for group in [inner, outer] { _ = try tx.insert(group) }
                for role in [editor, reader] { _ = try tx.insert(role) }
                for permission in [read, write] { _ = try tx.insert(permission) }
                _ = try tx.give(.group(inner.id), to: .user(user.id), until: nil, realm: .standard)
                _ = try tx.give(.group(outer.id), to: .group(inner.id), until: nil, realm: .standard)
                _ = try tx.give(.role(editor.id), to: .group(outer.id), until: nil, realm: .standard)
                _ = try tx.give(.role(reader.id), to: .role(editor.id), until: nil, realm: .standard)
                _ = try tx.give(.permission(read.id, instance: nil), to: .role(reader.id), until: nil, realm: .standard)
                _ = try tx.give(
                    .permission(write.id, instance: "mail/1"), to: .role(editor.id), until: nil, realm: .standard)
            }
            try await store.look { tx throws in
                let grants = try tx.grants(of: user.id, realm: .standard)
                #expect(grants.groups == ["inner", "outer"] && grants.roles == ["editor", "reader"])
                #expect(grants.permissions == ["mail:read"])
                #expect(grants.hasPermission("mail:write", on: "mail/1") && !grants.hasPermission("mail:write"))
                // What a role gives itself is in its own graph: whoever gives the role must hold it.
                for (role, texts) in [(reader, ["mail:read"]), (editor, ["mail:read"])] {
                    let graph = try tx.accessGraph(of: .role(role.id), realm: .standard)
                    #expect(graph.grants(at: tx.now).permissions == texts)
                }
                #expect(try tx.grants(of: user.id, realm: .system) == .none)
            }
            try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.delete(group: outer.id, realm: .standard)
            }
            try await store.look { tx throws in
                let grants = try tx.grants(of: user.id, realm: .standard)
                #expect(grants.groups == ["inner"] && grants.roles.isEmpty && grants.permissions.isEmpty)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a grant with an end takes the place of one without, and the other way round`(
        _ backend: Backend
    ) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let role = Sample.role("editor")
            let end = Timestamp(milliseconds: 9_000_000_000_000)
            let changes = try await store.transaction { (tx) throws(StoreFault) -> [Bool] in
                _ = try tx.insert(role)
                let holder = AccessHolder.user(user.id)
                return [
                    try tx.give(.role(role.id), to: holder, until: nil, realm: .standard),
                    try tx.give(.role(role.id), to: holder, until: nil, realm: .standard),
                    try tx.give(.role(role.id), to: holder, until: end, realm: .standard),
                    try tx.give(.role(role.id), to: holder, until: end, realm: .standard),
                ]
            }
            #expect(changes == [true, false, true, false])
            try await store.look { tx throws in
                let entries = try tx.entries(of: .user(user.id), realm: .standard)
                #expect(entries.map(\.heldName) == ["editor"] && entries.first?.expiresAt == end)
                #expect(try tx.grants(of: user.id, realm: .standard).staleAt == end)
            }
            let last = try await store.transaction { (tx) throws(StoreFault) -> [Bool] in
                let holder = AccessHolder.user(user.id)
                return [
                    try tx.give(.role(role.id), to: holder, until: nil, realm: .standard),
                    try tx.entries(of: holder, realm: .standard).count == 1,
                    try tx.take(.role(role.id), from: holder, realm: .standard),
                    try tx.take(.role(role.id), from: holder, realm: .standard),
                    try tx.entries(of: holder, realm: .standard).isEmpty,
                ]
            }
            #expect(last == [true, true, true, false, true])
        }
    }

    @Test(arguments: Backend.contract)
    func `administrators are counted by whatever way they are ones, and only who is usable for good`(
        _ backend: Backend
    ) async throws {
        try await backend.withStore { store in
            let names = ["direct", "grouped", "included", "timed", "disabled", "plain"]
            var users: [String: User] = [:]
            for name in names { users[name] = try await store.addUser(name) }
            let found = users
            func id(_ name: String) throws -> ID<User> { try #require(found[name]).id }
            let (direct, grouped, included) = (try id("direct"), try id("grouped"), try id("included"))
            let (timed, disabled) = (try id("timed"), try id("disabled"))
            let (admin, chief) = (Sample.role("admin"), Sample.role("chief"))
            let group = Self.group("operators")
            let counts = try await store.transaction { (tx) throws(StoreFault) -> [Int64] in
                var counts = [try tx.administratorCount(realm: .standard, besides: nil)]
                for role in [admin, chief] { _ = try tx.insert(role) }
                _ = try tx.insert(group)
                func give(_ held: AccessHeld, _ holder: AccessHolder, _ end: Timestamp? = nil) throws(StoreFault) {
                    _ = try tx.give(held, to: holder, until: end, realm: .standard)
                    counts.append(try tx.administratorCount(realm: .standard, besides: nil))
                }
                try give(.role(admin.id), .user(direct))
                try give(.role(admin.id), .user(timed), Timestamp(milliseconds: 9_000_000_000_000))
                try give(.group(group.id), .user(grouped))
                try give(.role(admin.id), .group(group.id))
                try give(.role(chief.id), .user(included))
                try give(.role(admin.id), .role(chief.id))
                try give(.role(admin.id), .user(disabled))
                _ = try tx.setActive(false, user: disabled, realm: .standard)
                counts.append(try tx.administratorCount(realm: .standard, besides: nil))
                counts.append(try tx.administratorCount(realm: .standard, besides: direct))
                counts.append(try tx.administratorCount(realm: .system, besides: nil))
                return counts
            }
            #expect(counts == [0, 1, 1, 1, 2, 2, 3, 4, 3, 2, 0])
        }
    }

    @Test(arguments: Backend.contract)
    func `what is over for long is removed, some at a time, and the rest stays`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let permissions = (0..<6).map { Sample.permission("mail", "read\($0)") }
            let left = try await store.transaction { (tx) throws(StoreFault) -> [Int64] in
                for (number, permission) in permissions.enumerated() {
                    _ = try tx.insert(permission)
                    let end = number == 5 ? nil : Timestamp(milliseconds: Int64(1_000 + number))
                    _ = try tx.give(
                        .permission(permission.id, instance: nil), to: .user(user.id), until: end, realm: .standard)
                }
                let time = Timestamp(milliseconds: 1_003)
                return [
                    try tx.removeExpiredGrants(before: time, limit: 2),
                    try tx.removeExpiredGrants(before: time, limit: 2),
                    try tx.removeExpiredGrants(before: time, limit: 2),
                    Int64(try tx.entries(of: .user(user.id), realm: .standard).count),
                ]
            }
            #expect(left == [2, 1, 0, 3])
        }
    }

    @Test(arguments: Backend.contract)
    func `an edit holds only where the version is still the one before`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let role = Sample.role("editor")
            func version(_ number: Int64, _ description: String) -> Role {
                Role(
                    id: role.id, realm: .standard, name: "editor", description: description, rank: 5, version: number,
                    createdAt: role.createdAt)
            }
            let (second, other) = (version(2, "b"), version(2, "c"))
            let done = try await store.transaction { (tx) throws(StoreFault) -> [Bool] in
                _ = try tx.insert(role)
                return [try tx.update(second, ifVersion: 1), try tx.update(other, ifVersion: 1)]
            }
            #expect(done == [true, false])
            try await store.look { tx throws in
                let found = try tx.role(role.id, realm: .standard)
                #expect(found?.description == "b" && found?.version == 2 && found?.rank == 5)
                #expect(try tx.role(role.id, realm: .system) == nil)
            }
        }
    }
}
