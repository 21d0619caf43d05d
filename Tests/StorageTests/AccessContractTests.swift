import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: roles, permissions and grants")
struct AccessContractTests {
    @Test(arguments: Backend.contract)
    func `names and pairs are unique per realm, and lists are sorted by bytes`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let (roles, permissions) = try await store.transaction { (tx) throws(StoreFault) in
                let roles = [
                    try tx.insert(Sample.role("b")), try tx.insert(Sample.role("B")), try tx.insert(Sample.role("a")),
                    try tx.insert(Sample.role("a")), try tx.insert(Sample.role("a", realm: .system)),
                ]
                let permissions = [
                    try tx.insert(Sample.permission("mail", "read")), try tx.insert(Sample.permission("mail", "Send")),
                    try tx.insert(Sample.permission("disk", "read", name: "see")),
                    try tx.insert(Sample.permission("mail", "read", name: "other")),
                    try tx.insert(Sample.permission("disk", "write", name: "see")),
                    try tx.insert(Sample.permission("mail", "read", realm: .system)),
                ]
                return (roles, permissions)
            }
            #expect(roles == [true, true, true, false, true])
            #expect(permissions == [true, true, true, false, false, true])
            try await store.look { tx throws in
                #expect(try tx.roles(realm: .standard).map(\.name) == ["B", "a", "b"])
                #expect(
                    try tx.permissions(realm: .standard, resource: nil).map(\.pair.description)
                        == ["disk:read", "mail:Send", "mail:read"])
                #expect(try tx.permissions(realm: .standard, resource: "mail").map(\.pair.action) == ["Send", "read"])
                let role = try tx.role(named: "a", realm: .standard)
                #expect(role?.description == "may a" && role?.createdAt == Timestamp(milliseconds: 5))
                #expect(try tx.role(named: "c", realm: .standard) == nil)
                let permission = try tx.permission(named: "see", realm: .standard)
                #expect(permission?.pair.description == "disk:read")
                #expect(permission?.createdAt == Timestamp(milliseconds: 6))
                let pair = Sample.permission("disk", "read").pair
                #expect(try tx.permission(pair, realm: .standard)?.name == "see")
                #expect(try tx.permission(pair, realm: .system) == nil)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `grants are what a user holds, directly and through roles, each once`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let role = Sample.role("editor")
            let read = Sample.permission("mail", "read")
            let send = Sample.permission("mail", "send", name: "post")
            let (changes, grants) = try await store.transaction { (tx) throws(StoreFault) in
                guard try tx.insert(role), try tx.insert(read), try tx.insert(send) else { throw .unexpected("taken") }
                var changes: [Bool] = []
                for _ in 0..<2 {
                    changes.append(try tx.grant(role: role.id, to: user.id))
                    changes.append(try tx.grant(permission: read.id, to: user.id))
                    changes.append(try tx.grant(permission: read.id, to: role.id))
                    changes.append(try tx.grant(permission: send.id, to: role.id))
                }
                return (changes, try tx.grants(of: user.id, realm: .standard))
            }
            #expect(changes == [true, true, true, true, false, false, false, false])
            #expect(grants.roles == ["editor"] && grants.permissions == ["mail:read", "mail:send"])
            #expect(grants.hasPermission("post"))

            let (revoked, left, none, elsewhere) = try await store.transaction { (tx) throws(StoreFault) in
                let elsewhere = try tx.grants(of: user.id, realm: .system)
                var revoked: [Bool] = []
                for _ in 0..<2 {
                    revoked.append(try tx.revoke(permission: read.id, from: user.id))
                    revoked.append(try tx.revoke(permission: send.id, from: role.id))
                }
                let left = try tx.grants(of: user.id, realm: .standard)
                for _ in 0..<2 { revoked.append(try tx.revoke(role: role.id, from: user.id)) }
                return (revoked, left, try tx.grants(of: user.id, realm: .standard), elsewhere)
            }
            #expect(revoked == [true, true, false, false, true, false])
            #expect(left.permissions == ["mail:read"] && none == .none && elsewhere == .none)
        }
    }

    @Test(arguments: Backend.contract)
    func `nothing is granted across realms or to nobody`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let foreign = Sample.role("admin", realm: .system)
            let permission = Sample.permission("mail", "read")
            try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.insert(foreign)
                _ = try tx.insert(permission)
            }
            let constraint = StoreFault.constraint("a grant between two that do not exist in one realm")
            await #expect(throws: constraint) {
                try await store.transaction { (tx) throws(StoreFault) in _ = try tx.grant(role: foreign.id, to: user.id)
                }
            }
            await #expect(throws: constraint) {
                try await store.transaction { (tx) throws(StoreFault) in
                    _ = try tx.grant(permission: permission.id, to: foreign.id)
                }
            }
            await #expect(throws: constraint) {
                try await store.transaction { (tx) throws(StoreFault) in
                    _ = try tx.grant(permission: permission.id, to: Sample.id(User.self))
                }
            }
        }
    }
}
