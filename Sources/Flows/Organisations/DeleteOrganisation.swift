public import Domain
internal import Standards
public import Storage

/// Deletes an organisation with its groups and invitations. Its members stay; what they held by its groups they hold
/// no more,
/// from the next request on.
public struct DeleteOrganisation: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case deleted, refused(OrganisationRefusal) }

    public func callAsFunction(
        _ name: String, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let found = try await parts.store.read { (reader) throws(StoreFault) -> (Organisation, [Group])? in
            guard let organisation = try reader.organisation(named: name, realm: realm) else { return nil }
            return (organisation, try reader.groups(of: organisation.id, after: "", limit: Organisation.mostGroups))
        }
        guard let (organisation, groups) = found else { return .refused(.noSuchOrganisation) }
        let draft = try await parts.recorder.draft(
            .deleteOrganisation, realm: realm, by: actor,
            details: [
                ("organisation", .string(organisation.name)), ("title", .string(organisation.title)),
                ("groups", .array(groups.map { .string($0.name) })),
            ], in: parts.store)
        let outcome = try await parts.store.changingAccess(in: realm) { (tx) throws(StoreFault) -> Outcome in
            let authority = try actor.authority(in: realm, tx)
            if let refusal = try tx.refusal(ofEntrusting: organisation.id, by: authority, in: realm) {
                return .refused(refusal)
            }
            guard try tx.delete(organisation: organisation.id, realm: realm) else {
                return .refused(.noSuchOrganisation)
            }
            try draft.append(to: tx)
            try tx.announce(.realm(realm))
            return .deleted
        }
        guard let outcome else { return .refused(.lastAdministrator) }
        if case .deleted = outcome { parts.live.invalidate(.realm(realm)) }
        return outcome
    }
}
