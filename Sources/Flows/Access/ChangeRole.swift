public import Domain
internal import Standards
public import Storage

/// Changes what a role is called, what it is for, or its rank. What it gives is changed with ``ChangeGrant``.
///
/// Of many who edit one role at once, each one's change is made to what the one before left.
public struct ChangeRole: Sendable {
    let parts: FlowParts

    /// What is `nil` stays.
    public struct Input: Sendable {
        public let name: String?
        public let description: String?
        public let rank: Int64?

        public init(name: String? = nil, description: String? = nil, rank: Int64? = nil) {
            self.name = name
            self.description = description
            self.rank = rank
        }
    }

    public enum Outcome: Sendable { case done(Role, changed: Bool), refused(EditRefusal) }

    /// - Parameter version: which the editor looked at, where it matters that nothing has changed since.
    public func callAsFunction(
        _ name: String, _ input: Input, ifVersion version: EditVersion? = nil, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let problems =
            (input.name.map { AccessProblems.name($0, field: "name") } ?? [])
            + (input.description.map { AccessProblems.description($0) } ?? []) + AccessProblems.rank(input.rank)
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let author = try await parts.recorder.author(actor, in: parts.store)
        let recorder = parts.recorder
        let outcome = try await parts.store.changingAccess(in: realm) { (tx) throws(StoreFault) -> Outcome in
            guard let role = try tx.role(named: name, realm: realm) else { return .refused(.notThere) }
            if let problems = role.editVersion.problems(
                against: version, Role.editFields, besides: Role.editedBesides)
            {
                return .refused(.changedMeanwhile(problems))
            }
            let after = role.changed(by: input)
            let changes = role.changes(to: after)
            guard !changes.isEmpty else { return .done(role, changed: false) }
            if let refusal = try refusal(role, after, in: realm, by: actor, tx) { return .refused(refusal) }
            guard try tx.update(after, ifVersion: role.version) else { throw .busy("a role was changed just now") }
            let details: [(String, JSON)] = [
                ("role", .string(role.name)), ("changes", .array(changes.map(\.json))),
            ]
            try recorder.draft(.changeRole, realm: realm, by: author, details: details).append(to: tx)
            try tx.announce(.realm(realm))
            return .done(after, changed: true)
        }
        if case .done(_, changed: true)? = outcome { parts.live.invalidate(.realm(realm)) }
        return outcome ?? .refused(.lastAdministrator)
    }

    private func refusal(
        _ role: Role, _ after: Role, in realm: RealmName, by actor: Actor, _ tx: any StoreTransaction
    ) throws(StoreFault) -> EditRefusal? {
        let authority = try actor.authority(in: realm, tx)
        let given = try tx.everythingGiven(by: .role(role.id), realm: realm)
        guard authority.reaches(rank: max(given.rank, after.rank)) else { return .aboveOwnRank }
        let lasting = try actor.authority(in: realm, tx, for: .good)
        guard after.rank <= role.rank || lasting.reaches(rank: after.rank) else { return .aboveOwnRank }
        let isRenamed = !role.name.utf8.elementsEqual(after.name.utf8)
        // A role that comes to be called so makes administrators of everybody who holds it.
        let isAdmin = role.isProtected(from: authority) || (isRenamed && after.isProtected(from: authority))
        if isAdmin, isRenamed || after.rank < role.rank { return .protected }
        // By its name a role is given to every new user, and by the realm's rules.
        if isRenamed, !lasting.mayGive(given) { return .notHeld }
        if isRenamed, try tx.role(named: after.name, realm: realm) != nil { return .exists(after.name) }
        return nil
    }
}

extension Role {
    fileprivate func changed(by input: ChangeRole.Input) -> Role {
        Role(
            id: id, realm: realm, name: input.name ?? name, description: input.description ?? description,
            rank: input.rank ?? rank, version: version + 1, createdAt: createdAt)
    }

    /// What an event says of an edit, with before and after.
    fileprivate func changes(to other: Role) -> [RealmDifference] {
        var changes: [RealmDifference] = []
        if !name.utf8.elementsEqual(other.name.utf8) {
            changes.append(RealmDifference(name: "name", from: .string(name), to: .string(other.name)))
        }
        if !description.utf8.elementsEqual(other.description.utf8) {
            changes.append(
                RealmDifference(name: "description", from: .string(description), to: .string(other.description)))
        }
        if rank != other.rank {
            changes.append(RealmDifference(name: "rank", from: .integer(rank), to: .integer(other.rank)))
        }
        return changes
    }
}
