import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

/// What becomes of an operator becomes of those as whom they act, in another realm.
extension Ending {
    static let ofOperators = [operatorSignsOut, operatorIsDisabled]

    static let operatorSignsOut = Ending(
        person: "an operator signs out who acts as somebody", prepare: acting,
        perform: { world, _, session, _ in
            let own = try await world.store.read { (reader) throws(StoreFault) -> ID<Session>? in
                guard let acted = try reader.session(session, realm: .standard), let id = acted.impersonation else {
                    return nil
                }
                return try reader.impersonation(id, realm: .standard)?.acting.session
            }
            _ = try await world.useCases.endSession(try #require(own), in: .system, by: .commandLine)
        })

    static let operatorIsDisabled = Ending(
        person: "an operator is disabled who acts as somebody", prepare: acting,
        perform: { world, _, _, _ in
            let system = try #require(try await world.useCases.realms.find(.system))
            _ = try await world.useCases.setUserActive(false, user: "rui", in: system, by: .commandLine)
        })

    @Sendable private static func acting(_ world: World) async throws -> Subject {
        let system = try #require(try await world.useCases.realms.find(.system))
        let password = Secret(utf8: "correct horse battery")
        // Two of them: nobody disables the last one.
        for name in ["rui", "eva"] {
            _ = try await world.useCases.addUser(
                SignUp.Input(username: name, email: "\(name)@example.com", password: password), roles: ["admin"],
                createMissingRoles: true, in: system, by: .commandLine)
        }
        _ = try await world.useCases.setUserActive(true, user: "rui", in: system, by: .commandLine)
        guard
            case .signedIn(let own) = try await world.useCases.signIn(
                identifier: "rui", password: password, in: system, from: World.source),
            case .authenticated(let result) = try await world.useCases.authenticate(
                Credentials(bearer: Array(own.accessToken.utf8)[...]), in: system),
            let principal = result.principal,
            case .begun(let tokens, let stored) = try await world.useCases.impersonation.begin(
                BeginImpersonation.Input(
                    realm: .standard, user: "maria", reason: "because of a ticket", minutes: 15, mayWrite: false),
                current: nil, of: principal, provenBy: .bearer, in: system, from: World.source)
        else { throw World.Refused(word: "impersonation") }
        let signing = try await world.useCases.listSigningKeys(in: .standard).first { $0.state == .signing }
        return .person(tokens, stored.session, kid: try #require(signing).kid)
    }
}
