import Domain
import HTTP
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Changing one's account") struct AccountChangeTests {
    private func askForChange(
        _ tokens: SignedIn, to email: String, current: String? = World.password, in world: World
    ) async throws -> RequestEmailChange.Outcome {
        try await world.useCases.accounts.requestEmailChange(
            to: email, current: current.map { Secret(utf8: $0) }, of: try await world.principal(tokens),
            in: world.realm, from: World.source)
    }

    private func confirmChange(_ proof: MailProof, in world: World) async throws -> ConfirmEmailChange.Outcome {
        try await world.useCases.accounts.confirmEmailChange(proof, in: world.realm, from: World.source)
    }

    @Test(arguments: Backend.available)
    func `a changed password takes the session's id along, and others end where that is wanted`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let first = try await world.signUp()
            guard case .signedIn(let other) = try await world.signIn() else { throw World.WorldFault.refused("") }
            guard
                case .changed(let second) = try await world.change(
                    first, current: World.password, endsOthers: false)
            else { throw World.WorldFault.refused("not changed") }
            #expect(second.session != first.session)
            await #expect(throws: World.Refused.self) { try await world.whoIs(first.accessToken).get() }
            guard case .refused = try await world.refresh(first.refreshToken) else {
                Issue.record("the old refresh token is good")
                return
            }
            _ = try await world.principal(second)
            _ = try await world.principal(other)
            guard
                case .changed(let third) = try await world.change(
                    second, current: World.another, to: "a third few words")
            else { throw World.WorldFault.refused("not changed") }
            await #expect(throws: World.Refused.self) { try await world.whoIs(other.accessToken).get() }
            _ = try await world.principal(third)
            #expect(try await world.letters().map(\.kind) == ["password_changed", "password_changed"])
        }
    }

    @Test(arguments: Backend.available)
    func `a change needs the present password, or a sign-in of just now`(_ backend: Backend) async throws {
        var rules = World.settings().rules
        rules.accounts.freshSignIn = .zero
        try await withWorld(backend, settings: World.settings().with(rules)) { world in
            let tokens = try await world.signUp()
            guard case .refused(.reproof(.proofRequired)) = try await world.change(tokens, current: nil),
                case .refused(.reproof(.wrongPassword)) = try await world.change(tokens, current: "wrong horse battery"),
                case .refused(.reproof(.proofRequired)) = try await askForChange(
                    tokens, to: "m@example.org", current: nil, in: world)
            else {
                Issue.record("changed without a proof")
                return
            }
            let principal = try await world.principal(tokens)
            let outcome = try await world.useCases.accounts.deleteOwn(
                current: nil, of: principal, provenBy: .bearer, in: world.realm, from: World.source)
            guard case .refused(.proofRequired) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(try await world.canSignIn())
        }
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            guard case .changed = try await world.change(tokens, current: nil) else {
                Issue.record("a sign-in of just now is no proof")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `both addresses are told, and the old one can undo all of it`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            guard case .sent = try await askForChange(tokens, to: "thief@example.org", in: world) else {
                throw World.WorldFault.refused("no letter")
            }
            let letter = try await world.letter("confirm_email_change", to: "thief@example.org")
            guard case .changed(nil) = try await confirmChange(letter.proof, in: world) else {
                throw World.WorldFault.refused("not changed")
            }
            await #expect(throws: World.Refused.self) { try await world.whoIs(tokens.accessToken).get() }
            let undo = try await world.letter("email_changed", to: "maria@example.com")
            #expect(!undo.text.utf8.holds("thief@example.org".utf8))
            // The thief goes on: another password, another address still, and the end of the account.
            guard case .signedIn(let thief) = try await world.signIn("thief@example.org"),
                case .changed(let renewed) = try await world.change(thief, current: nil, to: "the thief's own words"),
                case .sent = try await askForChange(renewed, to: "second@example.org", current: nil, in: world)
            else { throw World.WorldFault.refused("the thief was stopped") }
            _ = try await confirmChange(try await world.letter("confirm_email_change").proof, in: world)
            let second = try await world.letter("email_changed", to: "thief@example.org")
            let outcome = try await world.useCases.accounts.undoEmailChange(
                undo.proof, in: world.realm, from: World.source)
            guard case .undone(let ticket) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(try await world.user("maria").email.text == "maria@example.com")
            #expect(try await !world.canSignIn("maria", "the thief's own words"))
            // What was sent to the thief leads nowhere any more.
            let back = try await world.useCases.accounts.undoEmailChange(
                second.proof, in: world.realm, from: World.source)
            guard case .refused(.notGood) = back else {
                Issue.record("\(back)")
                return
            }
            let code = try #require(try await world.letter("reset_password", to: "maria@example.com").code)
            #expect(try await world.reset(.typed(ticket: ticket, code: code)).isReset)
            #expect(try await world.canSignIn("maria", World.another))
        }
    }

    @Test(arguments: Backend.available)
    func `an address that can be given back is nobody else's`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            _ = try await askForChange(tokens, to: "new@example.org", in: world)
            _ = try await confirmChange(try await world.letter("confirm_email_change").proof, in: world)
            let outcome = try await world.useCases.signUp(
                SignUp.Input(username: "thief", email: "maria@example.com", password: Secret(utf8: World.another)),
                in: world.realm, from: World.source)
            guard case .refused(.taken) = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `somebody else's address is asked for like a free one, and told`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp("rui")
            let tokens = try await world.signUp()
            guard case .sent(let taken) = try await askForChange(tokens, to: "rui@example.com", in: world),
                case .sent(let free) = try await askForChange(tokens, to: "free@example.com", in: world)
            else { throw World.WorldFault.refused("told apart") }
            #expect(taken.utf8.count == free.utf8.count)
            #expect(try await world.letters(to: "rui@example.com").map(\.kind) == ["already_registered"])
        }
    }

    @Test(arguments: Backend.available)
    func `a letter that proves the address is good once, and not for another address`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            let principal = try await world.principal(tokens)
            let accounts = world.useCases.accounts
            _ = try await accounts.requestVerification(principal, in: world.realm, from: World.source)
            let proof = try await world.letter("verify_email").proof
            #expect(try await world.reset(proof).isNotGood, "it is good for one purpose only")
            guard case .verified = try await accounts.verifyEmail(proof, in: world.realm, from: World.source),
                case .refused(.notGood) = try await accounts.verifyEmail(proof, in: world.realm, from: World.source),
                case .alreadyVerified = try await accounts.requestVerification(
                    principal, in: world.realm, from: World.source)
            else {
                Issue.record("not once")
                return
            }
            #expect(try await world.user("maria").emailVerifiedAt != nil)
            let other = try await world.signUp("rui")
            _ = try await accounts.requestVerification(
                try await world.principal(other), in: world.realm, from: World.source)
            let stale = try await world.letter("verify_email").proof
            _ = try await askForChange(other, to: "r@example.org", in: world)
            _ = try await confirmChange(try await world.letter("confirm_email_change").proof, in: world)
            guard case .refused(.notGood) = try await accounts.verifyEmail(stale, in: world.realm, from: World.source)
            else {
                Issue.record("a letter to the old address proved the new one")
                return
            }
        }
    }
}
