import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

/// What somebody changes of their own leaves an event each time, and so is counted.
@Suite("How often people change what is theirs") struct OwnChangeThrottleTests {
    @Test(arguments: Backend.available)
    func `a person's changes of attributes are counted, and nobody else's with them`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (maria, rui) = (try await world.signUp(), try await world.signUp("rui"))
            try await world.profiles()
            func owner(_ tokens: SignedIn) async throws -> ProfileEditor {
                .owner(Actor(try await world.whoIs(tokens.accessToken).get(), provenBy: .bearer, from: World.source))
            }
            let (hers, his) = (try await owner(maria), try await owner(rui))
            for number in 0..<60 {
                let done = try await world.change(["apelido": .string("m\(number)")], by: hers)
                #expect(done == "version \(number + 1)")
            }
            #expect(try await world.change(["apelido": "again"], by: hers) == "throttled")
            // Also what would be refused or change nothing.
            #expect(try await world.change(["cpf": "1"], by: hers) == "throttled")
            #expect(try await world.change("rui", ["apelido": "r"], by: his) == "version 1")
            #expect(try await world.change(["andar": 3]) == "version 61")
            // PostgreSQL's clock is nobody's to set.
            guard backend == .sqlite else { return }
            world.clock.advance(by: .seconds(60))
            #expect(try await world.change(["apelido": "again"], by: hers) == "version 62")
        }
    }

    @Test(arguments: Backend.available)
    func `a person's decisions are counted, and nobody else's with them`(_ backend: Backend) async throws {
        var rules = World.settings().rules
        rules.privacy.terms = [TermsDocument(name: "news", version: 1, isRequired: false)]
        try await withWorld(backend, settings: World.settings().with(rules)) { world in
            func decide(_ tokens: SignedIn, _ isGiven: Bool) async throws -> Bool {
                let actor = Actor(
                    try await world.whoIs(tokens.accessToken).get(), provenBy: .bearer, from: World.source)
                let outcome = try await world.useCases.privacy.consents.decide(
                    giving: isGiven ? ["news@1"] : [], withdrawing: isGiven ? [] : ["news"], in: world.realm, by: actor)
                switch outcome {
                case .decided: return true
                case .refused(.throttled(let delay)):
                    #expect(delay > .zero && delay <= .seconds(60))
                    return false
                case .refused(let refusal): throw World.WorldFault.refused("\(refusal)")
                }
            }
            let (maria, rui) = (try await world.signUp(), try await world.signUp("rui"))
            for number in 0..<60 { #expect(try await decide(maria, number % 2 == 0)) }
            #expect(try await !decide(maria, true))
            #expect(try await decide(rui, true))
            guard backend == .sqlite else { return }
            world.clock.advance(by: .seconds(60))
            #expect(try await decide(maria, true))
        }
    }
}
