import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

/// On SQLite, whose clock a test can move.
@Suite("Accounts that nobody uses") struct UnusedAccountTests {
    private static let day = Duration.seconds(86_400)

    private static func realm(_ then: AfterInactivity) -> Realm {
        let plain = World.settings()
        var rules = plain.rules
        rules.privacy.inactiveAfterDays = 100
        rules.privacy.inactivityWarningDays = [30, 7]
        rules.privacy.inactiveThen = then
        return Realm(name: plain.name, issuer: plain.issuer, rules: rules)
    }

    private static func letters(_ world: World) async throws -> [String] {
        try await world.letters().filter { $0.kind == "inactivity_warning" }.map(\.to)
    }

    @Test func `two warnings, one of each, then the person is erased`() async throws {
        try await withWorld(.sqlite, settings: Self.realm(.erase)) { world in
            let maria = try await world.signUp()
            _ = try await world.signUp("chief")
            try await world.grant(role: Role.adminName, to: "chief")
            let end = world.useCases.privacy.endInactivity
            world.clock.advance(by: Self.day * 69)
            try await end()
            #expect(try await Self.letters(world).isEmpty)
            world.clock.advance(by: Self.day)
            for _ in 0..<3 { try await end() }
            #expect(try await Self.letters(world) == ["maria@example.com"])
            world.clock.advance(by: Self.day * 23)
            // Two servers at once.
            async let one: Void = end()
            async let two: Void = end()
            _ = try await (one, two)
            #expect(try await Self.letters(world) == ["maria@example.com"])
            world.clock.advance(by: Self.day * 7 - .milliseconds(1))
            try await end()
            #expect(try await world.useCases.showUser("maria", in: world.realm.name) != nil)
            world.clock.advance(by: .milliseconds(1))
            try await end()
            #expect(try await world.useCases.showUser("maria", in: world.realm.name) == nil)
            // Administrators are exempt.
            #expect(try await world.useCases.showUser("chief", in: world.realm.name) != nil)
            let lines = try await world.audit(count: 9)
            #expect(lines.filter { $0.did == "warn_inactive_user" }.count == 2)
            let last = try #require(lines.first { $0.did == "erase_user" })
            #expect(last.confirmedBy == "inactivity" && last.this["target"]?.string == maria.user.id.text)
        }
    }

    @Test func `a sign-in begins the time anew, and a session that is used is use`() async throws {
        try await withWorld(.sqlite, settings: Self.realm(.erase)) { world in
            _ = try await world.signUp()
            let end = world.useCases.privacy.endInactivity
            world.clock.advance(by: Self.day * 95)
            try await end()
            #expect(try await Self.letters(world).count == 1)
            guard case .signedIn = try await world.signIn() else {
                Issue.record("not signed in")
                return
            }
            world.clock.advance(by: Self.day * 60)
            try await end()
            #expect(try await Self.letters(world).isEmpty)
            world.clock.advance(by: Self.day * 10)
            try await end()
            #expect(try await Self.letters(world).count == 1)
        }
    }

    @Test func `where the rule says so the account is shut instead`() async throws {
        try await withWorld(.sqlite, settings: Self.realm(.disable)) { world in
            _ = try await world.signUp()
            let end = world.useCases.privacy.endInactivity
            for days in [70, 23, 7] {
                world.clock.advance(by: Self.day * days)
                try await end()
            }
            let detail = try #require(try await world.useCases.showUser("maria", in: world.realm.name))
            #expect(!detail.user.isActive)
            // Once is enough.
            world.clock.advance(by: Self.day * 200)
            try await end()
            let lines = try await world.audit(count: 5)
            #expect(lines.filter { $0.did == "disable_user" && $0.confirmedBy == "inactivity" }.count == 1)
        }
    }

    @Test func `without a rule nobody is warned`() async throws {
        try await withWorld(.sqlite) { world in
            _ = try await world.signUp()
            world.clock.advance(by: Self.day * 10_000)
            try await world.useCases.privacy.endInactivity()
            #expect(try await Self.letters(world).isEmpty)
        }
    }
}
