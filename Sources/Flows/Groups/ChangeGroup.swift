public import Domain
internal import Standards
public import Storage

/// Changes what a group is called and what it is for. What tokens say of it changes from the next request on.
public struct ChangeGroup: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case changed(GroupDetail), refused(GroupRefusal) }

    /// - Parameters:
    ///   - newName: `nil` to leave it.
    ///   - version: what the caller has seen; `nil` for whatever there is.
    public func callAsFunction(
        _ name: String, newName: String?, description: String?, ifVersion version: Int64? = nil, in realm: RealmName,
        by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let problems =
            (newName.map { AccessProblems.name($0, field: "name") } ?? [])
            + (description.map { AccessProblems.description($0) } ?? [])
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let found = try await parts.store.read { (reader) throws(StoreFault) in
            try reader.group(named: name, realm: realm)
        }
        guard let group = found else { return .refused(.noSuchGroup) }
        let wanted = Group(
            id: group.id, realm: realm, name: newName ?? group.name, description: description ?? group.description,
            version: group.version + 1, createdAt: group.createdAt)
        let differences = group.differences(to: wanted)
        let draft = try await parts.recorder.draft(
            .changeGroup, realm: realm, by: actor,
            details: [("group", .string(group.name)), ("changes", .array(differences.map(\.json)))], in: parts.store)
        let outcome: Outcome
        do throws(StoreFault) {
            outcome = try await parts.store.transaction { (tx) throws(StoreFault) -> Outcome in
                guard let present = try tx.group(group.id, realm: realm) else { return .refused(.noSuchGroup) }
                if present.version != group.version || version.map({ $0 != present.version }) ?? false {
                    return .refused(.changedMeanwhile(present.problems(for: wanted)))
                }
                let authority = try actor.authority(in: realm, tx)
                guard authority.reaches(rank: try tx.rank(of: .group(group.id), realm: realm)) else {
                    return .refused(.aboveOwnRank)
                }
                guard !differences.isEmpty else { return .changed(try tx.detail(present)) }
                if let other = try tx.group(named: wanted.name, realm: realm), other.id != group.id {
                    return .refused(.exists)
                }
                guard try tx.update(wanted, ifVersion: present.version) else {
                    return .refused(.changedMeanwhile(present.problems(for: wanted)))
                }
                try draft.append(to: tx)
                try tx.announce(.realm(realm))
                return .changed(try tx.detail(wanted))
            }
        } catch .constraint {
            return .refused(.exists)
        }
        if case .changed = outcome, !differences.isEmpty { parts.live.invalidate(.realm(realm)) }
        return outcome
    }
}

extension Group {
    fileprivate func differences(to other: Group) -> [RealmDifference] {
        var all: [RealmDifference] = []
        if !name.utf8.elementsEqual(other.name.utf8) {
            all.append(RealmDifference(name: "name", from: .string(name), to: .string(other.name)))
        }
        if !description.utf8.elementsEqual(other.description.utf8) {
            all.append(
                RealmDifference(name: "description", from: .string(description), to: .string(other.description)))
        }
        return all
    }

    /// What a late editor should look at.
    fileprivate func problems(for wanted: Group) -> [FieldProblem] {
        [.isNow("version", "\(version)")]
            + differences(to: wanted).map { .isNow($0.name, $0.from?.string ?? "") }
    }
}
