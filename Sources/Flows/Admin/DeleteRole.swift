public import Domain
internal import Standards
public import Storage

/// Deletes a role, and takes it from everybody who holds it. Holds from the next request on.
public struct DeleteRole: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions

    /// `inUse` says how many hold it; nothing was deleted then.
    public enum Outcome: Sendable { case deleted(takenFrom: Int64), inUse(Int64), noSuchRole }

    /// - Parameter force: whether it is deleted although somebody holds it.
    public func callAsFunction(
        _ name: String, force: Bool, in realm: RealmName, by source: Source
    ) async throws(StoreFault) -> Outcome {
        let draft = recorder.draft(
            .deleteRole, realm: realm, confirmedBy: "cli", source: source, details: [("role", .string(name))])
        let outcome = try await store.transaction { (tx) throws(StoreFault) -> Outcome in
            guard let role = try tx.role(named: name, realm: realm) else { return .noSuchRole }
            let holders = try tx.userCount(of: role.id)
            guard holders == 0 || force else { return .inUse(holders) }
            guard try tx.delete(role: role.id, realm: realm) else { return .noSuchRole }
            try draft.append(to: tx)
            try tx.announce(.realm(realm))
            return .deleted(takenFrom: holders)
        }
        if case .deleted = outcome { live.invalidate(.realm(realm)) }
        return outcome
    }
}
