public import Domain
internal import Standards
public import Storage

/// Deletes a role, and takes it from everybody who holds it. Holds from the next request on.
public struct DeleteRole: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions

    /// `inUse` says how many hold it; nothing was deleted then.
    public enum Outcome: Sendable { case deleted(takenFrom: Int64), inUse(Int64), refused(EditRefusal) }

    /// - Parameters:
    ///   - force: whether it is deleted although somebody holds it.
    ///   - version: which the actor looked at, where it matters that nothing has changed since.
    public func callAsFunction(
        _ name: String, force: Bool, ifVersion version: EditVersion? = nil, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let draft = try await recorder.draft(
            .deleteRole, realm: realm, by: actor, details: [("role", .string(name))], in: store)
        let outcome = try await store.changingAccess(in: realm) { (tx) throws(StoreFault) -> Outcome in
            guard let role = try tx.role(named: name, realm: realm) else { return .refused(.notThere) }
            if let seen = version,
                let problems = role.editVersion.problems(
                    against: seen, Role.editFields, besides: Role.editedBesides)
            {
                return .refused(.changedMeanwhile(problems))
            }
            let authority = try actor.authority(in: realm, tx)
            if role.isProtected(from: authority) { return .refused(.protected) }
            let given = try tx.everythingGiven(by: .role(role.id), realm: realm)
            guard authority.reaches(rank: given.rank) else { return .refused(.aboveOwnRank) }
            // It is taken from everybody who holds it.
            guard authority.mayGive(given) else { return .refused(.notHeld) }
            let holders = try tx.userCount(of: role.id)
            guard holders == 0 || force else { return .inUse(holders) }
            guard try tx.delete(role: role.id, realm: realm) else { return .refused(.notThere) }
            try draft.append(to: tx)
            try tx.announce(.realm(realm))
            return .deleted(takenFrom: holders)
        }
        if case .deleted? = outcome { live.invalidate(.realm(realm)) }
        return outcome ?? .refused(.lastAdministrator)
    }
}

extension Role {
    /// The administrators' role is left alone by everybody but the server's own command line.
    func isProtected(from authority: Authority) -> Bool {
        guard name.utf8.elementsEqual(Role.adminName.utf8), case .holding = authority else { return false }
        return true
    }
}
