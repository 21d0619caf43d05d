import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: users and their secrets")
struct UserContractTests {
    @Test(arguments: Backend.contract)
    func `a user is found by id, username key and email key, in the own realm only`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let new = NewUser(
                id: Sample.id(), realm: .standard, username: Username(text: "Máría", key: "máría"),
                email: EmailAddress(text: "M@Exämple.org", key: "m@xn--exmple-cua.org"), appMetadata: #"{"a":1}"#,
                userMetadata: #"{"b":[]}"#)
            let user = try #require(
                try await store.transaction { (tx) throws(StoreFault) in try tx.insert(new).user })
            let (found, elsewhere) = try await store.read { (tx) throws(StoreFault) in
                let here: [User?] = [
                    try tx.user(new.id, realm: .standard), try tx.user(usernameKey: "máría", realm: .standard),
                    try tx.user(emailKey: "m@xn--exmple-cua.org", realm: .standard),
                ]
                let there: [User?] = [
                    try tx.user(new.id, realm: .system), try tx.user(usernameKey: "máría", realm: .system),
                    try tx.user(emailKey: "m@xn--exmple-cua.org", realm: .system),
                    try tx.user(usernameKey: "Máría", realm: .standard),
                ]
                return (here, there)
            }
            for found in found {
                let found = try #require(found)
                #expect(found.id == new.id && found.number == user.number && found.isActive)
                #expect(found.username.text == "Máría" && found.email.text == "M@Exämple.org")
                #expect(found.appMetadata == #"{"a":1}"# && found.userMetadata == #"{"b":[]}"#)
                #expect(found.createdAt == user.createdAt && found.updatedAt == user.createdAt)
            }
            #expect(elsewhere.allSatisfy { $0 == nil })
        }
    }

    @Test(arguments: Backend.contract)
    func `what is taken is said, and the transaction goes on`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            _ = try await store.addUser("maria")
            let outcomes = try await store.transaction { (tx) throws(StoreFault) in
                let outcomes = [
                    try tx.insert(Sample.user("maria", email: "other@example.org")),
                    try tx.insert(Sample.user("other", email: "maria@example.org")),
                    try tx.insert(Sample.user("maria")), try tx.insert(Sample.user("maria", realm: .system)),
                ]
                try tx.setSetting("afterwards", to: [1])
                return outcomes
            }
            let expected = [(true, false), (false, true), (true, true)]
            for (outcome, expected) in zip(outcomes, expected) {
                guard case .taken(let username, let email) = outcome else {
                    Issue.record("inserted twice")
                    continue
                }
                #expect((username, email) == expected)
            }
            #expect(outcomes[3].user?.realm == .system)
            let found = try await store.look { tx in try tx.setting("afterwards") }
            #expect(found == [1])
        }
    }

    @Test(arguments: Backend.contract)
    func `composed and decomposed keys are two users, as the bytes say`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let first = try await store.addUser("caf\u{E9}")
            let second = try await store.addUser("cafe\u{301}")
            #expect(first.number < second.number)
            let found = try await store.read { (tx) throws(StoreFault) in
                try tx.user(usernameKey: "cafe\u{301}", realm: .standard)
            }
            #expect(found?.id == second.id)
        }
    }

    @Test(arguments: Backend.contract)
    func `a user is disabled and enabled, and an unknown one is not`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let answers = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.setActive(false, user: user.id, realm: .standard),
                    try tx.setActive(false, user: user.id, realm: .system),
                    try tx.setActive(false, user: Sample.id(), realm: .standard),
                ]
            }
            #expect(answers == [true, false, false])
            let isActive = try await store.read { (tx) throws(StoreFault) in
                try tx.user(user.id, realm: .standard)?.isActive
            }
            #expect(isActive == false)
        }
    }

    @Test(arguments: Backend.contract)
    func `a password is set, changed, and replaced only where the old one is in place`(_ backend: Backend) async throws
    {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let first = StoredPassword(hash: Secret([0, 1, 0, 255]), format: "$a$")
            let second = StoredPassword(hash: Secret([2]), format: "$b$")
            let third = StoredPassword(hash: Secret([3]), format: "$c$")
            let (none, replaced, last) = try await store.transaction { (tx) throws(StoreFault) in
                let none = try tx.password(of: user.id)
                try tx.setPassword(second, of: user.id)
                try tx.setPassword(first, of: user.id)
                let replaced = [
                    try tx.replacePassword(second, by: third, of: user.id),
                    try tx.replacePassword(first, by: third, of: user.id),
                    try tx.replacePassword(first, by: second, of: user.id),
                ]
                return (none, replaced, try tx.password(of: user.id))
            }
            #expect(none == nil && replaced == [false, true, false])
            #expect(last?.hash.exposed == [3] && last?.format == "$c$")
        }
    }

    @Test(arguments: Backend.contract)
    func `a password for nobody is a constraint fault`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            await #expect(throws: StoreFault.constraint("a password for a user who does not exist")) {
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.setPassword(StoredPassword(hash: Secret([1]), format: ""), of: Sample.id())
                }
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `formats are counted per realm`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            for (index, format) in ["$x$", "$y$", "$x$"].enumerated() {
                let user = try await store.addUser("u\(index)")
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.setPassword(StoredPassword(hash: Secret([1]), format: format), of: user.id)
                }
            }
            let (mix, other) = try await store.read { (tx) throws(StoreFault) in
                (try tx.passwordFormats(realm: .standard), try tx.passwordFormats(realm: .system))
            }
            #expect(
                mix == [PasswordFormatCount(format: "$x$", count: 2), PasswordFormatCount(format: "$y$", count: 1)])
            #expect(other.isEmpty)
        }
    }

    @Test(arguments: Backend.contract)
    func `the first of two subject keys stays, also for nobody`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let keys = try await store.transaction { (tx) throws(StoreFault) in
                try tx.claim(Sample.wrappingKey(1))
                return [
                    try tx.subjectKey(of: .nobody, realm: .standard) ?? [],
                    try tx.claimSubjectKey(WrappedKey(bytes: [1, 0, 1], epoch: 1), subject: .nobody, realm: .standard),
                    try tx.claimSubjectKey(WrappedKey(bytes: [2], epoch: 1), subject: .nobody, realm: .standard),
                    try tx.claimSubjectKey(WrappedKey(bytes: [3], epoch: 1), subject: .nobody, realm: .system),
                    try tx.subjectKey(of: .nobody, realm: .standard) ?? [],
                ]
            }
            #expect(keys == [[], [1, 0, 1], [1, 0, 1], [3], [1, 0, 1]])
        }
    }

    @Test(arguments: Backend.contract)
    func `a setting is claimed once and set at any time`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let (claims, values) = try await store.transaction { (tx) throws(StoreFault) in
                let none = try tx.setting("check")
                let claims = [try tx.claimSetting("check", value: [1]), try tx.claimSetting("check", value: [2])]
                let claimed = try tx.setting("check")
                try tx.setSetting("check", to: [])
                return (claims, [none, claimed, try tx.setting("check")])
            }
            #expect(claims == [true, false] && values == [nil, [1], []])
        }
    }
}
