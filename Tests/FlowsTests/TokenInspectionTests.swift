import Domain
import Flows
import Standards
import Storage
import TestSupport
import Testing

@Suite("What a token is said to be") struct TokenInspectionTests {
    /// The verdict's word, with the reason's where it is a refusal.
    private func verdict(_ token: String, in world: World, realm: Realm? = nil) async throws -> String {
        let report = try await world.useCases.inspectToken(token, in: realm ?? world.realm)
        return switch report.verdict {
        case .accepted: "accepted"
        case .acceptedAgain: "again"
        case .acceptedAhead: "ahead"
        case .refused(let reason):
            switch reason {
            case .notAToken: "not_a_token"
            case .malformed(let refusal): refusal.rawValue
            case .keyRetired: "key_retired"
            case .otherRealm(let name): "realm \(name)"
            case .otherIssuer: "issuer"
            case .expired: "expired"
            case .foreignMAC: "mac"
            case .noSuchSession: "no_session"
            case .sessionEnded(_, let end): "ended \(end?.rawValue ?? "?")"
            case .sessionIdle: "idle"
            case .sessionAtItsEnd: "end"
            case .userDisabled: "disabled"
            case .spent(let presented, let issued): "spent \(presented) of \(issued)"
            }
        }
    }

    @Test(arguments: Backend.available)
    func `inspecting a refresh token says what would follow and changes nothing`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let first = try await world.signUp()
            for _ in 0..<2 { #expect(try await verdict(first.refreshToken, in: world) == "accepted") }
            guard case .issued(let second) = try await world.refresh(first.refreshToken) else {
                Issue.record("not issued")
                return
            }
            #expect(try await verdict(first.refreshToken, in: world) == "again")
            guard case .issued(let third) = try await world.refresh(second.refreshToken) else {
                Issue.record("not issued")
                return
            }
            #expect(try await verdict(first.refreshToken, in: world) == "again")
            #expect(try await verdict(third.refreshToken, in: world) == "accepted")
            _ = try issued(try await world.refresh(third.refreshToken))
            #expect(try await verdict(first.refreshToken, in: world) == "spent 1 of 4")
            #expect(try await world.whoIs(third.accessToken).get().user.id == first.user.id)
            let lines = try await world.audit(count: 2)
            #expect(!lines.contains { $0.did == "refresh_token_reuse" })
        }
    }

    @Test func `an access token is refused for each reason by its name`() async throws {
        try await withWorld(.sqlite, accessLifetime: .seconds(60)) { world in
            let signed = try await world.signUp()
            let token = signed.accessToken
            #expect(try await verdict(token, in: world) == "accepted")
            #expect(try await verdict("x", in: world) == "not_a_token")
            #expect(try await verdict(token + "x", in: world) == "malformed")
            let system = try #require(try await world.useCases.realms.find(.system))
            #expect(try await verdict(token, in: world, realm: system) == "realm default")
            #expect(try await verdict(signed.refreshToken, in: world, realm: system) == "realm default")
            world.clock.advance(by: .seconds(61))
            #expect(try await verdict(token, in: world) == "expired")
        }
    }

    @Test func `a session that is over is named with why`() async throws {
        try await withWorld(.sqlite) { world in
            let ended = try await world.signUp("ended")
            _ = try await world.useCases.endSession.all(of: "ended", in: world.realm.name, by: .commandLine)
            #expect(try await verdict(ended.accessToken, in: world) == "ended revoked")
            #expect(try await verdict(ended.refreshToken, in: world) == "ended revoked")
            let disabled = try await world.signUp("disabled")
            _ = try await world.useCases.setUserActive(false, user: "disabled", in: world.realm, by: .commandLine)
            #expect(try await verdict(disabled.refreshToken, in: world) == "ended user_disabled")
            let idle = try await world.signUp("idle")
            world.clock.advance(by: world.realm.rules.idleLimit)
            #expect(try await verdict(idle.refreshToken, in: world) == "idle")
            world.clock.advance(by: world.realm.rules.absoluteLimit)
            #expect(try await verdict(idle.refreshToken, in: world) == "end")
        }
    }

    @Test func `a token of another installation is foreign, also where the master key is the same`() async throws {
        try await withWorld(.sqlite) { world in
            try await withWorld(.sqlite) { other in
                let token = try await other.signUp().refreshToken
                #expect(try await verdict(token, in: world) == "mac")
            }
            let forged = try await world.signUp().refreshToken
            let changed = String(forged.dropLast(4)) + (forged.hasSuffix("AAAA") ? "BBBA" : "AAAA")
            #expect(try await verdict(changed, in: world) == "mac")
        }
    }
}
