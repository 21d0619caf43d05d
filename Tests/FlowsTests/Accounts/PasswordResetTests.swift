import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Forgotten passwords") struct PasswordResetTests {
    @Test(arguments: Backend.available)
    func `a letter's link sets another password, once, and ends what was open`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            _ = try await world.forgot()
            let letter = try await world.letter("reset_password", to: "maria@example.com")
            #expect(try await world.reset(letter.proof).isReset)
            #expect(try await world.canSignIn("maria", World.another))
            #expect(try await !world.canSignIn())
            await #expect(throws: World.Refused.self) { try await world.whoIs(tokens.accessToken).get() }
            #expect(try await world.reset(letter.proof, to: "yet another few words").isNotGood)
            #expect(try await world.letters(to: "maria@example.com").map(\.kind) == ["password_changed"])
            // To have read the letter is to have proven the address.
            #expect(try await world.user("maria").emailVerifiedAt != nil)
        }
    }

    @Test(arguments: Backend.available)
    func `the typed code is as good as the link, and nothing without its ticket`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            let ticket = try await world.forgot()
            let code = try #require(try await world.letter("reset_password").code)
            let elsewhere = try await world.forgot("nobody")
            #expect(try await world.reset(.typed(ticket: elsewhere, code: code)).isNotGood)
            #expect(try await world.reset(.typed(ticket: ticket, code: code)).isReset)
            #expect(try await world.canSignIn("maria", World.another))
        }
    }

    @Test(arguments: Backend.available)
    func `after five wrong codes the right one is wrong too, and the link is still good`(_ backend: Backend)
        async throws
    {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            let ticket = try await world.forgot()
            let letter = try await world.letter("reset_password")
            let code = try #require(letter.code)
            let wrong = code == "00000000" ? "00000001" : "00000000"
            for _ in 0..<5 { #expect(try await world.reset(.typed(ticket: ticket, code: wrong)).isNotGood) }
            #expect(try await world.reset(.typed(ticket: ticket, code: code)).isNotGood)
            #expect(try await world.reset(letter.proof).isReset)
        }
    }

    @Test(arguments: Backend.available)
    func `of many who show one link at once exactly one sets the password`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            _ = try await world.forgot()
            let proof = try await world.letter("reset_password").proof
            let words = (0..<6).map { "racing password number \($0)" }
            let winners = try await withThrowingTaskGroup(of: String?.self) { group in
                for word in words {
                    group.addTask { try await world.reset(proof, to: word).isReset ? word : nil }
                }
                return try await group.reduce(into: [String]()) { list, one in if let one { list.append(one) } }
            }
            #expect(winners.count == 1)
            for word in words { #expect(try await world.canSignIn("maria", word) == (word == winners.first)) }
        }
    }

    @Test(arguments: Backend.available)
    func `a reset and a change at once have one winner, whose password holds`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for round in 0..<5 {
                let name = "maria\(round)"
                let tokens = try await world.signUp(name)
                _ = try await world.forgot(name)
                let proof = try await world.letter("reset_password", to: "\(name)@example.com").proof
                async let reset = world.reset(proof, to: "set by the letter").isReset
                async let change = world.change(tokens, current: World.password, to: "changed by the owner")
                let wasReset = try await reset
                var wasChanged = false
                do {
                    if case .changed = try await change { wasChanged = true }
                } catch let refused as World.Refused {
                    // The reset was over before the owner's token was looked at.
                    #expect(refused.word == "session_over")
                }
                #expect(wasReset != wasChanged)
                #expect(try await world.canSignIn(name, "set by the letter") == wasReset)
                #expect(try await world.canSignIn(name, "changed by the owner") == wasChanged)
                _ = try await world.letters()
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a newer letter, a changed password and another realm make it worth nothing`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            _ = try await world.forgot()
            let first = try await world.letter("reset_password").proof
            _ = try await world.forgot()
            let second = try await world.letter("reset_password").proof
            #expect(try await world.reset(first).isNotGood)
            _ = try await world.useCases.createRealm(
                "other", setting: try RealmPatch(setting: []), by: .commandLine)
            let name = try #require(RealmName("other"))
            let other = try #require(try await world.useCases.realms.find(name))
            #expect(try await world.reset(second, in: other).isNotGood)
            guard case .changed = try await world.change(tokens, current: World.password) else {
                Issue.record("the password was not changed")
                return
            }
            #expect(try await world.reset(second, to: "a third few words").isNotGood)
            #expect(try await world.canSignIn("maria", World.another))
        }
    }

    @Test(arguments: Backend.available)
    func `a weak password is refused and the link stays good`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp("mariana.silva")
            _ = try await world.forgot("mariana.silva")
            let proof = try await world.letter("reset_password").proof
            for weak in ["short", "mariana.silva", "password123"] {
                guard case .refused(.invalid) = try await world.reset(proof, to: weak) else {
                    Issue.record("\(weak) was taken")
                    continue
                }
            }
            #expect(try await world.reset(proof).isReset)
        }
    }

    @Test(arguments: Backend.available)
    func `the answer is the same for nobody, and nobody is written to`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp("banned")
            _ = try await world.signUp("disabled")
            _ = try await world.useCases.setUserActive(false, user: "disabled", in: world.realm, by: .commandLine)
            _ = try await world.useCases.accounts.banUser(
                until: world.clock.now + .seconds(86_400), user: "banned", in: world.realm, by: .commandLine)
            _ = try await world.letters()
            for name in ["nobody", "nobody@example.com", "no@where", "banned", "disabled@example.com", ""] {
                #expect(try await world.forgot(name).utf8.count == 22)
            }
            #expect(try await world.letters().isEmpty)
        }
    }

    @Test(arguments: Backend.available)
    func `somebody banned or disabled since gets no password, and nobody is enabled`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for name in ["one", "two"] {
                _ = try await world.signUp(name)
                _ = try await world.forgot(name)
            }
            let proofs = try await world.letters().map(\.proof)
            // As if the letters had been forgotten: what they are good for is asked anew.
            let ids = [try await world.user("one").id, try await world.user("two").id]
            let realm = world.realm.name
            try await world.store.transaction { (tx) throws(StoreFault) in
                _ = try tx.setActive(false, user: ids[0], realm: realm)
                _ = try tx.setBanned(until: tx.now + .seconds(86_400), user: ids[1], realm: realm)
            }
            for proof in proofs { #expect(try await world.reset(proof).isNotGood) }
            #expect(try await !world.user("one").isActive)
            #expect(try await world.user("two").bannedUntil != nil)
        }
    }

    @Test(arguments: Backend.available)
    func `an expired letter is none, and its row goes`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            let proofs = MailProofs(parts: world.useCases.accounts.startReset.parts)
            let found = try #require(try await proofs.parts.find(LoginName("maria"), in: world.realm.name))
            let made = proofs.make(
                .resetPassword, for: found.user.id, user: found.user.id, address: found.user.email,
                binding: proofs.binding(found.user, found.password), life: .milliseconds(1), in: world.realm)
            try await world.store.transaction { (tx) throws(StoreFault) in try made.append(to: tx) }
            world.clock.advance(by: .milliseconds(5))
            try await Task.sleep(for: .milliseconds(5))
            let token = String(made.proof.link.split(separator: "=").last ?? "")
            #expect(try await world.reset(.link(token: token)).isNotGood)
            for chore in world.useCases.accounts.chores { try await chore.perform() }
            let left = try await world.store.transaction { (tx) throws(StoreFault) in
                try tx.deleteExpiredAccountTokens(limit: 10)
            }
            #expect(left == 0)
        }
    }
}
