import Domain
import Flows
import Storage
import TestSupport
import Testing

@Suite("Accounts") struct AccountTests {
    @Test(arguments: Backend.available)
    func `who signs up can sign in by name and by address, in any case`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let first = try await world.signUp("Maria")
            #expect(first.user.number == 1)
            for name in ["Maria", "maria", "MARIA", "maria@example.com", "Maria@EXAMPLE.com"] {
                guard case .signedIn(let tokens) = try await world.signIn(name) else {
                    Issue.record("\(name) was refused")
                    continue
                }
                #expect(tokens.user.id == first.user.id)
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a name or an address that is taken is refused, however it is spelled`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp("jos\u{E9}")
            for (name, email) in [
                ("JOSE\u{301}", "other@example.com"), ("other", "jos\u{E9}@example.com"),
                ("jos\u{E9}", "x@example.com"),
            ] {
                let outcome = try await world.useCases.signUp(
                    SignUp.Input(username: name, email: email, password: Secret(utf8: "correct horse battery")),
                    in: world.realm, from: World.source)
                guard case .refused(.taken) = outcome else {
                    Issue.record("\(name) \(email): \(outcome)")
                    continue
                }
            }
        }
    }

    @Test(arguments: Backend.available)
    func `every problem of every field is reported at once`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let outcome = try await world.useCases.signUp(
                SignUp.Input(username: "a@b", email: "nowhere", password: Secret(utf8: "short")), in: world.realm,
                from: World.source)
            guard case .refused(.invalid(let problems)) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(Set(problems.map(\.field)) == ["username", "email", "password"])
        }
    }

    static let refusedPasswords: [(String, String)] = [
        ("seven77", "password_too_short"), (String(repeating: "x", count: 513), "password_too_long"),
        ("Mariana.Silva", "password_is_username"), ("MARIANA.SILVA@example.com", "password_is_email"),
        ("password123", "password_common"), ("PassWord123", "password_common"),
    ]

    @Test(arguments: refusedPasswords)
    func `a weak password is refused with the reason`(_ password: String, _ code: String) async throws {
        try await withWorld(.sqlite) { world in
            let outcome = try await world.useCases.signUp(
                SignUp.Input(
                    username: "mariana.silva", email: "mariana.silva@example.com", password: Secret(utf8: password)),
                in: world.realm, from: World.source)
            guard case .refused(.invalid(let problems)) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(problems.map(\.code).contains(code))
        }
    }

    @Test func `nothing behind a right password is cut off, in whatever normal form it begins`() async throws {
        try await withWorld(.sqlite) { world in
            _ = try await world.signUp("tail", password: String(repeating: "\u{E9}", count: 171))
            // 513 bytes that normalise to the password: exactly where the bound cuts.
            let decomposed = String(repeating: "e\u{301}", count: 171)
            let outcome = try await world.signIn("tail", password: decomposed + " and more")
            guard case .refused(.invalidCredentials) = outcome else {
                Issue.record("what followed the password was ignored")
                return
            }
        }
    }

    @Test func `a password of 512 bytes works and its first 511 bytes do not`() async throws {
        try await withWorld(.sqlite) { world in
            let long = String(repeating: "0123456789abcdef", count: 32)
            _ = try await world.signUp("long", password: long)
            guard case .signedIn = try await world.signIn("long", password: long) else {
                Issue.record("refused")
                return
            }
            for wrong in [String(long.dropLast()), long + "x"] {
                guard case .refused(.invalidCredentials) = try await world.signIn("long", password: wrong) else {
                    Issue.record("accepted \(wrong.utf8.count) bytes")
                    continue
                }
            }
        }
    }

    @Test(arguments: Backend.available)
    func `unknown, wrong and disabled get one answer`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp("maria")
            _ = try await world.signUp("gone")
            _ = try await world.useCases.setUserActive(false, user: "gone", in: world.realm, by: .commandLine)
            for (name, password) in [
                ("nobody", "correct horse battery"), ("maria", "wrong horse battery"),
                ("gone", "correct horse battery"),
                ("no@where", "x"), ("\u{202E}odd\u{0}", "x"), ("", ""),
            ] {
                guard case .refused(.invalidCredentials) = try await world.signIn(name, password: password) else {
                    Issue.record("\(name) was treated differently")
                    continue
                }
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a weak hash is raised at the next sign-in`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let user = try await world.signUp().user.id
            let raised = UseCases.HashCost(memoryKiB: 128, passes: 2)
            let later = try await World.open(world.store, clock: world.clock, hashCost: raised)
            let before = try await format(of: user, in: world)
            guard case .signedIn = try await later.signIn() else {
                Issue.record("refused")
                return
            }
            #expect(before == "$argon2id$v=19$m=64,t=1,p=1")
            await later.useCases.passwordUpgrades.performAll()
            #expect(try await format(of: user, in: world) == "$argon2id$v=19$m=128,t=2,p=1")
            guard case .signedIn = try await later.signIn() else {
                Issue.record("the raised hash does not verify")
                return
            }
        }
    }

    private func format(of user: ID<User>, in world: World) async throws -> String? {
        try await world.store.read { (reader) throws(StoreFault) in try reader.password(of: user)?.format }
    }

    @Test(arguments: Backend.available)
    func `a new user gets the default role, and no more than that`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            #expect(tokens.grants == Grants(roles: ["user"], permissions: []))
        }
    }
}
