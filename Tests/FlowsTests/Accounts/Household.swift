import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

/// What tests about accounts ask for again and again.
extension World {
    static let password = "correct horse battery"
    static let another = "four other words together"

    func principal(_ tokens: SignedIn) async throws -> Principal { try await whoIs(tokens.accessToken).get() }

    func forgot(_ name: String = "maria") async throws -> String {
        let outcome = try await useCases.accounts.forgotPassword(identifier: name, in: realm, from: World.source)
        guard case .sent(let ticket) = outcome else { throw WorldFault.refused("\(outcome)") }
        return ticket
    }

    /// The only letter that came since the last look.
    func letter(_ kind: String, to address: String? = nil) async throws -> ReceivedLetter {
        let letters = try await letters().filter { $0.kind == kind && (address == nil || $0.to == address) }
        #expect(letters.count == 1, "\(letters.map(\.kind))")
        return try #require(letters.first)
    }

    func reset(
        _ proof: MailProof, to password: String = World.another, in other: Realm? = nil
    ) async throws -> ResetPassword.Outcome {
        try await useCases.accounts.resetPassword(
            proof, password: Secret(utf8: password), in: other ?? realm, from: World.source)
    }

    func change(
        _ tokens: SignedIn, current: String?, to password: String = World.another, endsOthers: Bool = true
    ) async throws -> ChangePassword.Outcome {
        try await useCases.accounts.changePassword(
            current: current.map { Secret(utf8: $0) }, to: Secret(utf8: password), endsOthers: endsOthers,
            of: try await principal(tokens), provenBy: .bearer, in: realm, from: World.source)
    }

    func user(_ name: String) async throws -> User {
        try #require(try await useCases.showUser(name, in: realm.name)).user
    }

    func canSignIn(_ name: String = "maria", _ password: String = World.password) async throws -> Bool {
        if case .signedIn = try await signIn(name, password: password) { true } else { false }
    }
}

extension Realm {
    static func confirming() -> Realm {
        var rules = World.settings().rules
        rules.accounts.confirmsEmail = true
        return World.settings().with(rules)
    }
}

extension ReceivedLetter {
    var proof: MailProof { .link(token: token ?? "") }
}

extension ResetPassword.Outcome {
    var isReset: Bool { if case .reset = self { true } else { false } }
    var isNotGood: Bool { if case .refused(.proof(.notGood)) = self { true } else { false } }
}
