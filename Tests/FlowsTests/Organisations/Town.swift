import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

/// What tests about organisations ask for again and again.
extension World {
    var organisations: OrganisationFlows { useCases.organisations }

    func person(_ tokens: SignedIn) async throws -> Actor {
        Actor(try await whoIs(tokens.accessToken).get(), provenBy: .bearer, from: World.source)
    }

    /// Somebody who is what is asked for in an organisation, which is made where there is none.
    @discardableResult
    func member(
        _ user: SignedIn, _ role: Organisation.Role = .member, of organisation: String = "acme"
    ) async throws -> Actor {
        _ = try await organisations.create(
            name: organisation, title: "Acme & Sons", in: realm.name, by: .commandLine)
        let outcome = try await organisations.changeMember(
            role, user: user.user.id.text, organisation: organisation, in: realm.name, as: .realm(.commandLine))
        guard case .done(changed: true) = outcome else { throw WorldFault.refused("\(outcome)") }
        return try await person(user)
    }

    /// A group that holds permissions.
    func group(_ name: String, of organisation: String? = nil, holding pairs: [String] = []) async throws {
        let outcome = try await organisations.createGroup(
            name: name, description: "", organisation: organisation, in: realm.name, by: .commandLine)
        guard case .created = outcome else { throw WorldFault.refused("\(outcome)") }
        for pair in pairs {
            if let parsed = Permission.Pair(pair), AdminRight(rawValue: pair) == nil {
                _ = try await useCases.createPermission(
                    resource: parsed.resource, action: parsed.action, name: nil, description: "", in: realm.name,
                    by: .commandLine)
            }
            let change = GrantChange(.permission(pair, instance: nil), to: .group(name))
            let given = try await useCases.changeGrant(change, isGrant: true, in: realm.name, by: .commandLine)
            guard case .done = given else { throw WorldFault.refused("\(given)") }
        }
    }

    func put(_ holder: HolderName, into group: String) async throws -> ChangeGrant.Outcome {
        try await useCases.changeGrant(
            GrantChange(.group(group), to: holder), isGrant: true, in: realm.name, by: .commandLine)
    }

    func grants(_ tokens: SignedIn) async throws -> Grants { try await whoIs(tokens.accessToken).get().grants }

    func invite(
        _ email: String, into organisation: String = "acme", by actor: Actor, role: Organisation.Role = .member,
        groups: [String] = []
    ) async throws -> InviteMember.Outcome {
        try await organisations.invite(
            InviteMember.Input(email: email, role: role, groups: groups), into: organisation, in: realm,
            as: .own(actor))
    }

    func accept(_ letter: ReceivedLetter, by actor: Actor) async throws -> AcceptInvitation.Outcome {
        try await organisations.accept(token: letter.token ?? "", by: actor, in: realm)
    }

    func join(
        _ letter: ReceivedLetter, as username: String? = nil, password: String = World.another
    ) async throws -> JoinByInvitation.Outcome {
        try await organisations.join(
            token: letter.token ?? "",
            JoinByInvitation.Input(username: username, password: Secret(utf8: password)), in: realm,
            from: World.source)
    }

    /// Proves an address by the letter that says so.
    func prove(_ tokens: SignedIn) async throws {
        let realm = realm.name
        let id = tokens.user.id
        try await store.transaction { (tx) throws(StoreFault) in try tx.setEmailVerified(id, realm: realm) }
    }

    func role(_ name: String, in organisation: String = "acme") async throws -> Organisation.Role? {
        let realm = realm.name
        return try await store.read { (reader) throws(StoreFault) in
            guard let user = try UserReference(text: name).find(in: realm, reader),
                let found = try reader.organisation(named: organisation, realm: realm)
            else { return nil }
            return try reader.role(of: user.id, in: found.id)
        }
    }
}

extension InviteMember.Outcome {
    var isSent: Bool { if case .sent = self { true } else { false } }
    var word: String {
        switch self {
        case .sent: "sent"
        case .refused(let refusal): "\(refusal)"
        case .notRepeated(let refusal): "\(refusal)"
        }
    }
}

extension AcceptInvitation.Outcome {
    var word: String {
        switch self {
        case .accepted(_, let role): role.rawValue
        case .refused(let refusal): "\(refusal)"
        }
    }
}

extension JoinByInvitation.Outcome {
    var word: String {
        switch self {
        case .joined(let user, _, _): user.username.text
        case .refused(let refusal): "\(refusal)"
        }
    }
}

extension ChangeMember.Outcome {
    var word: String {
        switch self {
        case .done(let changed): "\(changed)"
        case .refused(let refusal): "\(refusal)"
        }
    }
}

extension ChangeOwnGroup.Outcome {
    var word: String {
        switch self {
        case .done(let changed): "\(changed)"
        case .refused(let refusal): "\(refusal)"
        }
    }
}
