import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Sign-ups that wait for a letter") struct SignUpConfirmationTests {
    private func register(
        _ name: String = "maria", email: String? = nil, password: String = World.password, in world: World
    ) async throws -> String {
        let outcome = try await world.useCases.signUp(
            SignUp.Input(
                username: name, email: email ?? "\(name)@example.com", password: Secret(utf8: password),
                language: .portuguese), in: world.realm, from: World.source)
        guard case .pending(let ticket) = outcome else { throw World.WorldFault.refused("\(outcome)") }
        return ticket
    }

    private func confirm(
        _ proof: MailProof, _ password: String?, in world: World
    ) async throws -> ConfirmSignUp.Outcome {
        try await world.useCases.accounts.confirmSignUp(
            proof, password: password.map { Secret(utf8: $0) }, in: world.realm, from: World.source)
    }

    @Test(arguments: Backend.available)
    func `nobody exists before the letter is confirmed, with the password beside its link`(_ backend: Backend)
        async throws
    {
        try await withWorld(backend, settings: .confirming()) { world in
            _ = try await register(in: world)
            #expect(try await world.useCases.showUser("maria", in: world.realm.name) == nil)
            #expect(try await !world.canSignIn())
            let letter = try await world.letter("confirm_sign_up", to: "maria@example.com")
            #expect(letter.subject.utf8.contains(0xC3), "in Portuguese: \(letter.subject)")
            guard case .confirmed(let tokens) = try await confirm(letter.proof, World.password, in: world) else {
                Issue.record("not confirmed")
                return
            }
            #expect(tokens.user.username == "maria")
            let user = try await world.user("maria")
            #expect(user.emailVerifiedAt != nil && user.language == .portuguese)
            #expect(try await world.canSignIn())
            guard case .refused(.proof(.notGood)) = try await confirm(letter.proof, World.password, in: world) else {
                Issue.record("confirmed twice")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `ticket and code need no password`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: .confirming()) { world in
            let ticket = try await register(in: world)
            let code = try #require(try await world.letter("confirm_sign_up").code)
            let outcome = try await confirm(.typed(ticket: ticket, code: code), nil, in: world)
            guard case .confirmed = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `whoever clicks on a stranger's sign-up makes no account with his password`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: .confirming()) { world in
            _ = try await register("planted", email: "victim@example.com", password: "the planter's words", in: world)
            let letter = try await world.letter("confirm_sign_up", to: "victim@example.com")
            for guess in [nil, "what the victim would choose", "", "another of hers", "a third of hers"] {
                guard case .refused(.wrongPassword) = try await confirm(letter.proof, guess, in: world) else {
                    Issue.record("taken with \(guess ?? "no password")")
                    continue
                }
            }
            #expect(try await world.useCases.showUser("planted", in: world.realm.name) == nil)
            #expect(try await !world.canSignIn("planted", "the planter's words"))
        }
    }

    @Test(arguments: Backend.available)
    func `a link's password can be tried five times`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: .confirming()) { world in
            _ = try await register(in: world)
            let proof = try await world.letter("confirm_sign_up").proof
            for _ in 0..<5 { _ = try await confirm(proof, "not this one at all", in: world) }
            guard case .refused(.proof(.notGood)) = try await confirm(proof, World.password, in: world) else {
                Issue.record("a sixth try")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a known address is answered as an unknown one, and told by mail`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: .confirming()) { world in
            _ = try await register(in: world)
            _ = try await confirm(try await world.letter("confirm_sign_up").proof, World.password, in: world)
            let before = try await world.audit(count: 3).count
            let ticket = try await register("other", email: "MARIA@example.com", in: world)
            let unknown = try await register("another", email: "new@example.com", in: world)
            #expect(ticket.utf8.count == unknown.utf8.count)
            let letters = try await world.letters()
            #expect(Set(letters.map(\.kind)) == ["already_registered", "confirm_sign_up"])
            #expect(letters.first { $0.kind == "already_registered" }?.code == nil)
            #expect(try await world.audit(count: before + 2).count == before + 2)
            // The letter holds nothing that would confirm, and a guess at its code makes nothing either.
            guard
                case .refused(.proof(.notGood)) = try await confirm(
                    .typed(ticket: ticket, code: "00000000"), nil, in: world)
            else {
                Issue.record("confirmed")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a user made without a password is taken up with the proven address`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: .confirming()) { world in
            let outcome = try await world.useCases.accounts.addPerson(
                AddPerson.Input(username: "m.silva", email: "maria@example.com", language: .english, isInvited: false),
                in: world.realm, by: .commandLine)
            guard case .added(let made, _) = outcome else { throw World.WorldFault.refused("\(outcome)") }
            #expect(try await !world.canSignIn("m.silva", ""))
            _ = try await register(in: world)
            let proof = try await world.letter("confirm_sign_up").proof
            guard case .confirmed(let tokens) = try await confirm(proof, World.password, in: world) else {
                Issue.record("not confirmed")
                return
            }
            #expect(tokens.user.id == made.id && tokens.user.number == made.number)
            #expect(tokens.user.username == "m.silva")
            #expect(try await world.canSignIn("maria@example.com"))
            #expect(try await world.user("m.silva").emailVerifiedAt != nil)
            #expect(try await world.events("link_user").isEmpty == false)
        }
    }

    /// Two ways to write an address may be two mailboxes, although they are one for the account.
    @Test(arguments: Backend.available)
    func `an account waits for whoever reads the address as its maker wrote it`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: .confirming()) { world in
            let outcome = try await world.useCases.accounts.addPerson(
                AddPerson.Input(username: "boss", email: "boss@example.com", language: .english, isInvited: false),
                in: world.realm, by: .commandLine)
            guard case .added(let made, _) = outcome else { throw World.WorldFault.refused("\(outcome)") }
            _ = try await register("other", email: "bo\u{17F}s@example.com", in: world)
            let letter = try await world.letter("confirm_sign_up")
            #expect(letter.to == "boss@example.com", "\(letter.to)")
            guard case .confirmed(let tokens) = try await confirm(letter.proof, World.password, in: world) else {
                Issue.record("not confirmed")
                return
            }
            #expect(tokens.user.id == made.id)
        }
    }

    @Test(arguments: Backend.available)
    func `sent again, the ticket stays and the older link is worth nothing`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: .confirming()) { world in
            let ticket = try await register(in: world)
            let first = try await world.letter("confirm_sign_up")
            _ = try await world.useCases.accounts.resendConfirmation(
                ticket: ticket, in: world.realm, from: World.source)
            let second = try await world.letter("confirm_sign_up")
            guard case .refused(.proof(.notGood)) = try await confirm(first.proof, World.password, in: world) else {
                Issue.record("the older link is good")
                return
            }
            let outcome = try await confirm(.typed(ticket: ticket, code: second.code ?? ""), nil, in: world)
            guard case .confirmed = outcome else {
                Issue.record("\(outcome)")
                return
            }
            _ = try await world.useCases.accounts.resendConfirmation(
                ticket: ticket, in: world.realm, from: World.source)
            #expect(try await world.letters().isEmpty)
        }
    }

    @Test(arguments: Backend.available)
    func `letters to one address are counted together, whichever ticket they are sent again for`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend, settings: .confirming()) { world in
            let tickets = [
                try await register("first", email: "one@example.com", in: world),
                try await register("second", email: "one@example.com", in: world),
            ]
            var count = 0
            for ticket in tickets + tickets {
                let outcome = try await world.useCases.accounts.resendConfirmation(
                    ticket: ticket, in: world.realm, from: World.source)
                if case .sent = outcome { count += 1 }
            }
            // Of the three that there are at once, the sign-ups took two.
            #expect(count == 1)
        }
    }

    @Test(arguments: Backend.available)
    func `of two sign-ups with one address the first to be confirmed gets it`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: .confirming()) { world in
            _ = try await register("first", email: "shared@example.com", in: world)
            let first = try await world.letter("confirm_sign_up")
            _ = try await register("second", email: "shared@example.com", in: world)
            let second = try await world.letter("confirm_sign_up")
            async let one = confirm(first.proof, World.password, in: world)
            async let other = confirm(second.proof, World.password, in: world)
            let outcomes = [try await one, try await other]
            let confirmed = outcomes.filter { if case .confirmed = $0 { true } else { false } }
            #expect(confirmed.count == 1, "\(outcomes)")
        }
    }
}
