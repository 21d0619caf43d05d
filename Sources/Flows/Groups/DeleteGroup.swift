public import Domain
internal import Standards
public import Storage

/// Deletes a group; whoever was in it holds no more what they held by it. Holds from the next request on.
public struct DeleteGroup: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case deleted, refused(GroupRefusal) }

    public func callAsFunction(
        _ name: String, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let found = try await parts.store.read { (reader) throws(StoreFault) -> GroupDetail? in
            guard let group = try reader.group(named: name, realm: realm) else { return nil }
            return try reader.detail(group)
        }
        guard let found else { return .refused(.noSuchGroup) }
        let group = found.group
        let held = JSON.array(found.holds.map { .string($0.heldName) })
        let draft = try await parts.recorder.draft(
            .deleteGroup, realm: realm, by: actor,
            details: [
                ("group", .string(group.name)), ("description", .string(group.description)), ("held", held),
            ], in: parts.store)
        let outcome = try await parts.store.changingAccess(in: realm) { (tx) throws(StoreFault) -> Outcome in
            guard try tx.group(group.id, realm: realm) != nil else { return .refused(.noSuchGroup) }
            let authority = try actor.authority(in: realm, tx)
            let given = try tx.everythingGiven(by: .group(group.id), realm: realm)
            guard authority.reaches(rank: given.rank) else { return .refused(.aboveOwnRank) }
            guard authority.mayGive(given) else { return .refused(.notHeld) }
            guard try tx.delete(group: group.id, realm: realm) else { return .refused(.noSuchGroup) }
            try draft.append(to: tx)
            try tx.announce(.realm(realm))
            return .deleted
        }
        guard let outcome else { return .refused(.lastAdministrator) }
        if case .deleted = outcome { parts.live.invalidate(.realm(realm)) }
        return outcome
    }
}
