import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: profiles")
struct ProfileContractTests {
    private static func row(
        _ user: User, _ sealed: [UInt8] = [1], rules: [UInt8] = [1], _ state: ProfileState = .complete
    ) -> StoredProfile {
        StoredProfile(user: user.id, realm: user.realm, version: 1, sealed: sealed, rules: rules, state: state)
    }

    @Test(arguments: Backend.contract)
    func `a profile is written only over the version that was seen`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let written = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.write(Self.row(user, [1]), ifVersion: 1), try tx.write(Self.row(user, [2]), ifVersion: 0),
                    try tx.write(Self.row(user, [3]), ifVersion: 0), try tx.write(Self.row(user, [4]), ifVersion: 1),
                    try tx.write(Self.row(user, [5]), ifVersion: 1),
                    try tx.write(
                        StoredProfile(
                            user: user.id, realm: .system, version: 1, sealed: [6], rules: [1], state: .complete),
                        ifVersion: 2),
                ]
            }
            #expect(written == [false, true, false, true, false, false])
            try await store.look { tx throws in
                let profile = try tx.profile(of: user.id, realm: .standard)
                #expect(profile?.version == 2 && profile?.sealed == [4])
                #expect(try tx.profile(of: user.id, realm: .system) == nil)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a value is one person's, within its realm and attribute`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let (maria, rui) = (try await store.addUser("maria"), try await store.addUser("rui"))
            let other = try await store.addUser("ana", realm: .system)
            let (cpf, phone) = (
                UniqueValue(attribute: "cpf", mac: [1]), UniqueValue(attribute: "phone", mac: [1])
            )
            let lost = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.setUniqueValues(of: maria.id, realm: .standard, to: [cpf]),
                    try tx.setUniqueValues(of: maria.id, realm: .standard, to: [cpf]),
                    try tx.setUniqueValues(of: rui.id, realm: .standard, to: [cpf, phone]),
                    try tx.setUniqueValues(of: other.id, realm: .system, to: [cpf]),
                    // Another realm's user is nobody here.
                    try tx.setUniqueValues(of: other.id, realm: .standard, to: [UniqueValue(attribute: "x", mac: [9])]),
                ]
            }
            #expect(lost == [[], [], ["cpf"], [], ["x"]])
            try await store.look { tx throws in
                #expect(try tx.holder(of: cpf, realm: .standard) == maria.id)
                #expect(try tx.holder(of: phone, realm: .standard) == rui.id)
                #expect(try tx.holder(of: cpf, realm: .system) == other.id)
                #expect(try tx.holder(of: UniqueValue(attribute: "x", mac: [9]), realm: .standard) == nil)
            }
            // What is given up is free.
            let after = try await store.transaction { (tx) throws(StoreFault) in
                try tx.setUniqueValues(of: maria.id, realm: .standard, to: [])
                    + (try tx.setUniqueValues(of: rui.id, realm: .standard, to: [cpf]))
            }
            #expect(after.isEmpty)
            try await store.look { tx throws in
                #expect(try tx.holder(of: cpf, realm: .standard) == rui.id)
                #expect(try tx.holder(of: phone, realm: .standard) == nil)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `of two who want one value at once, one has it`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let users = [try await store.addUser("maria"), try await store.addUser("rui")]
            for round in UInt8(1)...20 {
                let value = UniqueValue(attribute: "cpf", mac: [round])
                let lost = try await withThrowingTaskGroup(of: [String].self) { group in
                    for user in users {
                        group.addTask {
                            try await store.transaction { (tx) throws(StoreFault) in
                                try tx.setUniqueValues(of: user.id, realm: .standard, to: [value])
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(lost == ["cpf"])
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a rule takes only what a rule gave`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let (byRule, byHand, both) = (Sample.role("a"), Sample.role("b"), Sample.role("c"))
            let changes = try await store.transaction { (tx) throws(StoreFault) in
                for role in [byRule, byHand, both] {
                    guard try tx.insert(role) else { throw .unexpected("taken") }
                }
                return [
                    try tx.grantByRule(role: byRule.id, to: user.id), try tx.grant(role: byHand.id, to: user.id),
                    try tx.grantByRule(role: byHand.id, to: user.id), try tx.grantByRule(role: both.id, to: user.id),
                    // Somebody gives what a rule has given already: from now on it is his.
                    try tx.grant(role: both.id, to: user.id),
                ]
            }
            #expect(changes == [true, true, false, true, false])
            try await store.look { tx throws in
                #expect(try tx.rolesByRule(of: user.id, realm: .standard) == ["a"])
                #expect(try tx.rolesByRule(of: user.id, realm: .system).isEmpty)
            }
            let taken = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.revokeByRule(role: byRule.id, from: user.id),
                    try tx.revokeByRule(role: byHand.id, from: user.id),
                    try tx.revokeByRule(role: both.id, from: user.id),
                ]
            }
            #expect(taken == [true, false, false])
            try await store.look { tx throws in
                #expect(try tx.grants(of: user.id, realm: .standard).roles == ["b", "c"])
                #expect(try tx.rolesByRule(of: user.id, realm: .standard).isEmpty)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `the mark of a rule goes with the grant and with the role`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let (first, second) = (Sample.role("a"), Sample.role("b"))
            let left = try await store.transaction { (tx) throws(StoreFault) in
                for role in [first, second] {
                    guard try tx.insert(role), try tx.grantByRule(role: role.id, to: user.id) else {
                        throw .unexpected("taken")
                    }
                }
                _ = try tx.revoke(role: first.id, from: user.id)
                _ = try tx.delete(role: second.id, realm: .standard)
                return try tx.rolesByRule(of: user.id, realm: .standard)
            }
            #expect(left.isEmpty)
        }
    }

    @Test(arguments: Backend.contract)
    func `those under other rules are found and counted until none is left`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let users = [
                try await store.addUser("a"), try await store.addUser("b"), try await store.addUser("c"),
                try await store.addUser("d"),
            ]
            let elsewhere = try await store.addUser("e", realm: .system)
            let rows = [
                Self.row(users[0], rules: [1], .complete), Self.row(users[1], rules: [5], .incomplete),
                Self.row(users[2], rules: [9], .needsAttention), Self.row(users[3], rules: [5], .complete),
                Self.row(elsewhere, rules: [1]),
            ]
            _ = try await store.transaction { (tx) throws(StoreFault) in
                for row in rows where try !tx.write(row, ifVersion: 0) { throw .unexpected("taken") }
            }
            try await store.look { tx throws in
                let waiting = try tx.profiles(realm: .standard, notUnder: [5], limit: 10)
                #expect(Set(waiting.map(\.user)) == [users[0].id, users[2].id])
                #expect(try tx.profiles(realm: .standard, notUnder: [5], limit: 1).count == 1)
                #expect(
                    try tx.profileCounts(realm: .standard, rules: [5])
                        == ProfileCounts(complete: 2, incomplete: 1, needsAttention: 1, waiting: 2))
                let first = try tx.profiles(realm: .standard, after: nil, limit: 3)
                let rest = try tx.profiles(realm: .standard, after: first.last?.user, limit: 3)
                #expect(first.count == 3 && (first + rest).map(\.user) == users.map(\.id).sorted())
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a profile can be deleted with what it alone has`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let value = UniqueValue(attribute: "cpf", mac: [1])
            try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.write(Self.row(user), ifVersion: 0)
                _ = try tx.setUniqueValues(of: user.id, realm: .standard, to: [value])
                try tx.deleteProfile(of: user.id, realm: .system)
            }
            try await store.look { tx throws in #expect(try tx.profile(of: user.id, realm: .standard) != nil) }
            try await store.transaction { (tx) throws(StoreFault) in
                try tx.deleteProfile(of: user.id, realm: .standard)
            }
            try await store.look { tx throws in
                #expect(try tx.profile(of: user.id, realm: .standard) == nil)
                #expect(try tx.holder(of: value, realm: .standard) == nil)
            }
        }
    }
}
