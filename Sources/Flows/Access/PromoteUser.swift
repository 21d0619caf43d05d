public import Domain
public import Storage

/// Makes an administrator of somebody, and takes that back; doing it again changes nothing.
public struct PromoteUser: Sendable {
    let parts: FlowParts
    let changeGrant: ChangeGrant
    let createRole: CreateRole

    public enum Outcome: Sendable {
        /// With whether they administer the realm now: somebody who was demoted may do so through a group.
        case done(User, changed: Bool, isAdministrator: Bool)
        case refused(ChangeGrant.Refusal)
    }

    /// - Parameter isPromotion: false to take it back.
    public func callAsFunction(
        _ isPromotion: Bool, user reference: String, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        guard let found = try await parts.find(UserReference(text: reference), in: realm) else {
            return .refused(.noSuchUser)
        }
        let change = GrantChange(.role(Role.adminName), to: .user(found.user.id.text))
        var outcome = try await changeGrant(change, isGrant: isPromotion, in: realm, by: actor)
        if case .refused(.noSuchRole) = outcome {
            guard isPromotion else { return .done(found.user, changed: false, isAdministrator: false) }
            // A realm's first administrator is made by somebody who stands above the realm.
            let made = try await createRole(name: Role.adminName, description: "", in: realm, by: actor)
            if case .refused(.aboveOwnRank) = made { return .refused(.aboveOwnRank) }
            outcome = try await changeGrant(change, isGrant: true, in: realm, by: actor)
        }
        switch outcome {
        case .refused(let refusal): return .refused(refusal)
        case .done(let changed):
            let grants = try await parts.store.read { (reader) throws(StoreFault) in
                try reader.grants(of: found.user.id, realm: realm)
            }
            return .done(found.user, changed: changed, isAdministrator: grants.hasRole(Role.adminName))
        }
    }
}
