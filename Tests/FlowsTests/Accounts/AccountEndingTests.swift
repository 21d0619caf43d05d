import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Ending accounts, and administering them") struct AccountEndingTests {
    @Test(arguments: Backend.available)
    func `a deactivated account tells its owner so, and nobody else`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            let accounts = world.useCases.accounts
            let outcome = try await accounts.deactivate(
                current: Secret(utf8: World.password), of: try await world.principal(tokens), provenBy: .bearer,
                in: world.realm, from: World.source)
            guard case .deactivated = outcome else { throw World.WorldFault.refused("\(outcome)") }
            await #expect(throws: World.Refused.self) { try await world.whoIs(tokens.accessToken).get() }
            guard case .refused(.deactivated(nil)) = try await world.signIn(),
                case .refused(.invalidCredentials) = try await world.signIn("maria", password: "wrong horse battery"),
                case .refused(.invalidCredentials) = try await accounts.reactivate(
                    identifier: "maria", password: Secret(utf8: "wrong horse battery"), in: world.realm,
                    from: World.source)
            else {
                Issue.record("told apart wrongly")
                return
            }
            let back = try await accounts.reactivate(
                identifier: "maria", password: Secret(utf8: World.password), in: world.realm, from: World.source)
            guard case .signedIn = back else {
                Issue.record("\(back)")
                return
            }
            #expect(try await Set(world.letters().map(\.kind)) == ["account_deactivated", "account_reactivated"])
        }
    }

    @Test(arguments: Backend.available)
    func `who deletes their account can take that back until it is over`(_ backend: Backend) async throws {
        var rules = World.settings().rules
        rules.accounts.deletionGrace = .seconds(3_600)
        try await withWorld(backend, settings: World.settings().with(rules)) { world in
            let accounts = world.useCases.accounts
            func delete(_ tokens: SignedIn) async throws {
                let outcome = try await accounts.deleteOwn(
                    current: Secret(utf8: World.password), of: try await world.principal(tokens), provenBy: .bearer,
                    in: world.realm, from: World.source)
                guard case .scheduled = outcome else { throw World.WorldFault.refused("\(outcome)") }
            }
            try await delete(try await world.signUp())
            #expect(try await !world.canSignIn())
            let proof = try await world.letter("account_deleted").proof
            guard case .undone = try await accounts.undoDeletion(proof, in: world.realm, from: World.source),
                case .signedIn(let tokens) = try await world.signIn()
            else {
                Issue.record("not taken back by the letter")
                return
            }
            try await delete(tokens)
            for chore in accounts.chores { try await chore.perform() }
            let back = try await accounts.reactivate(
                identifier: "maria", password: Secret(utf8: World.password), in: world.realm, from: World.source)
            guard case .signedIn = back else {
                Issue.record("not taken back by the password: \(back)")
                return
            }
            for chore in accounts.chores { try await chore.perform() }
            #expect(try await world.canSignIn())
        }
    }

    @Test(arguments: Backend.available)
    func `when the time of grace is over nothing of the person is left`(_ backend: Backend) async throws {
        var rules = World.settings().rules
        rules.accounts.deletionGrace = .zero
        try await withWorld(backend, settings: World.settings().with(rules)) { world in
            let tokens = try await world.signUp()
            let outcome = try await world.useCases.accounts.deleteOwn(
                current: nil, of: try await world.principal(tokens), provenBy: .bearer, in: world.realm,
                from: World.source)
            guard case .scheduled = outcome else { throw World.WorldFault.refused("\(outcome)") }
            for chore in world.useCases.accounts.chores { try await chore.perform() }
            #expect(try await world.useCases.showUser("maria", in: world.realm.name) == nil)
            let key = try await world.store.read { (reader) throws(StoreFault) in
                try reader.subjectKey(of: tokens.user.id, realm: .standard)
            }
            #expect(key == nil)
            _ = try await world.signUp()
        }
    }

    private static func orphan(_ number: Int, in realm: RealmName) throws -> NewUser {
        NewUser(
            id: ID(high: 0x0193_0000_0000_7000, low: 0x8000_0000_0000_0000 | UInt64(number)), realm: realm,
            username: try Username.parse("orphan\(number)").get(),
            email: try EmailAddress.parse("orphan\(number)@example.com").get())
    }

    /// A realm that is gone, or that this node cannot open, must not keep the others' people from being erased.
    @Test(arguments: Backend.available)
    func `those whose realm is missing do not keep the others waiting`(_ backend: Backend) async throws {
        var rules = World.settings().rules
        rules.accounts.deletionGrace = .zero
        try await withWorld(backend, settings: World.settings().with(rules)) { world in
            let gone = try #require(RealmName("gone"))
            let orphans = try (0..<205).map { try Self.orphan($0, in: gone) }
            try await world.store.transaction { (tx) throws(StoreFault) in
                for user in orphans {
                    _ = try tx.insert(user)
                    try tx.plan(
                        PlannedEnding(user: user.id, realm: gone, dueAt: tx.now - .seconds(60), isByOwner: true))
                }
            }
            let tokens = try await world.signUp()
            let outcome = try await world.useCases.accounts.deleteOwn(
                current: nil, of: try await world.principal(tokens), provenBy: .bearer, in: world.realm,
                from: World.source)
            guard case .scheduled = outcome else { throw World.WorldFault.refused("\(outcome)") }
            for chore in world.useCases.accounts.chores { try await chore.perform() }
            #expect(try await world.useCases.showUser("maria", in: world.realm.name) == nil)
            let left = try await world.store.read { (reader) throws(StoreFault) in
                try reader.dueEndings(after: nil, limit: 1_000)
            }
            #expect(Set(left.map(\.user)) == Set(orphans.map(\.id)))
        }
    }

    @Test(arguments: Backend.available)
    func `a ban ends by itself, and only the owner is told of it`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            let accounts = world.useCases.accounts
            let until = world.clock.now + .seconds(3_600)
            guard
                case .changed(let banned) = try await accounts.banUser(
                    until: until, user: "maria", in: world.realm, by: .commandLine)
            else { throw World.WorldFault.refused("not banned") }
            #expect(banned.bannedUntil == until)
            await #expect(throws: World.Refused.self) { try await world.whoIs(tokens.accessToken).get() }
            guard case .refused(.banned(let told)) = try await world.signIn(),
                case .refused(.invalidCredentials) = try await world.signIn("maria", password: "wrong horse battery")
            else {
                Issue.record("told apart wrongly")
                return
            }
            #expect(told == until)
            guard
                case .changed = try await accounts.banUser(until: nil, user: "maria", in: world.realm, by: .commandLine)
            else { throw World.WorldFault.refused("not lifted") }
            #expect(try await world.canSignIn())
            guard
                case .invalid = try await accounts.banUser(
                    until: world.clock.now - .seconds(60), user: "maria", in: world.realm, by: .commandLine)
            else {
                Issue.record("banned until yesterday")
                return
            }
        }
    }

    @Test func `a ban that has run out is none`() async throws {
        try await withWorld(.sqlite) { world in
            _ = try await world.signUp()
            _ = try await world.useCases.accounts.banUser(
                until: world.clock.now + .seconds(60), user: "maria", in: world.realm, by: .commandLine)
            #expect(try await !world.canSignIn())
            world.clock.advance(by: .seconds(61))
            #expect(try await world.canSignIn())
        }
    }

    @Test(arguments: Backend.available)
    func `somebody invited chooses a password, and nobody else does`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let accounts = world.useCases.accounts
            let outcome = try await accounts.addPerson(
                AddPerson.Input(username: "rui", email: "rui@example.com", language: .portuguese, isInvited: true),
                in: world.realm, by: .commandLine)
            guard case .added = outcome else { throw World.WorldFault.refused("\(outcome)") }
            let first = try await world.letter("invite", to: "rui@example.com")
            guard case .sent = try await accounts.invite(user: "rui", in: world.realm, by: .commandLine) else {
                throw World.WorldFault.refused("not invited")
            }
            let second = try await world.letter("invite", to: "rui@example.com")
            #expect(try await world.reset(first.proof).isNotGood)
            #expect(try await world.reset(second.proof).isReset)
            #expect(try await world.canSignIn("rui", World.another))
            guard case .hasPassword = try await accounts.invite(user: "rui", in: world.realm, by: .commandLine),
                case .sent = try await accounts.startReset(user: "rui", in: world.realm, by: .commandLine)
            else {
                Issue.record("invited with a password")
                return
            }
            #expect(try await world.canSignIn("rui", World.another), "a reset that is begun changes nothing yet")
        }
    }

    @Test(arguments: Backend.available)
    func `an administrator's deletion is taken back by enabling, and is not the owner's to undo`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            let accounts = world.useCases.accounts
            guard case .scheduled = try await accounts.deleteUser(user: "maria", in: world.realm, by: .commandLine)
            else {
                throw World.WorldFault.refused("not scheduled")
            }
            let back = try await accounts.reactivate(
                identifier: "maria", password: Secret(utf8: World.password), in: world.realm, from: World.source)
            guard case .refused(.invalidCredentials) = back else {
                Issue.record("\(back)")
                return
            }
            _ = try await world.useCases.setUserActive(true, user: "maria", in: world.realm, by: .commandLine)
            let ending = try await world.store.read { (reader) throws(StoreFault) in
                try reader.dueEndings(after: nil, limit: 10)
            }
            #expect(ending.isEmpty)
            #expect(try await world.canSignIn())
        }
    }
}
