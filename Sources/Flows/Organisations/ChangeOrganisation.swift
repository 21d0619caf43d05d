public import Domain
internal import Standards
public import Storage

/// Changes an organisation's name or title.
public struct ChangeOrganisation: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case changed(Organisation), refused(OrganisationRefusal) }

    /// - Parameter version: what the caller has seen; `nil` for whatever there is.
    public func callAsFunction(
        _ name: String, newName: String?, title: String?, ifVersion version: Int64? = nil, in realm: RealmName,
        by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let problems =
            (newName.map { AccessProblems.name($0, field: "name") } ?? [])
            + (title.map { OrganisationProblems.title($0) } ?? [])
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let found = try await parts.store.read { (reader) throws(StoreFault) in
            try reader.organisation(named: name, realm: realm)
        }
        guard let organisation = found else { return .refused(.noSuchOrganisation) }
        let wanted = Organisation(
            id: organisation.id, realm: realm, name: newName ?? organisation.name, title: title ?? organisation.title,
            version: organisation.version + 1, createdAt: organisation.createdAt)
        let differences = organisation.differences(to: wanted)
        let draft = try await parts.recorder.draft(
            .changeOrganisation, realm: realm, by: actor,
            details: [("organisation", .string(organisation.name)), ("changes", .array(differences.map(\.json)))],
            in: parts.store)
        do throws(StoreFault) {
            return try await parts.store.transaction { (tx) throws(StoreFault) -> Outcome in
                guard let present = try tx.organisation(organisation.id, realm: realm) else {
                    return .refused(.noSuchOrganisation)
                }
                if present.version != organisation.version || version.map({ $0 != present.version }) ?? false {
                    return .refused(.changedMeanwhile(present.problems(for: wanted)))
                }
                guard !differences.isEmpty else { return .changed(present) }
                if let other = try tx.organisation(named: wanted.name, realm: realm), other.id != present.id {
                    return .refused(.exists)
                }
                guard try tx.update(wanted, ifVersion: present.version) else {
                    return .refused(.changedMeanwhile(present.problems(for: wanted)))
                }
                try draft.append(to: tx)
                return .changed(wanted)
            }
        } catch .constraint {
            return .refused(.exists)
        }
    }
}

extension Organisation {
    fileprivate func differences(to other: Organisation) -> [RealmDifference] {
        var all: [RealmDifference] = []
        if !name.utf8.elementsEqual(other.name.utf8) {
            all.append(RealmDifference(name: "name", from: .string(name), to: .string(other.name)))
        }
        if !title.utf8.elementsEqual(other.title.utf8) {
            all.append(RealmDifference(name: "title", from: .string(title), to: .string(other.title)))
        }
        return all
    }

    fileprivate func problems(for wanted: Organisation) -> [FieldProblem] {
        [.isNow("version", "\(version)")] + differences(to: wanted).map { .isNow($0.name, $0.from?.string ?? "") }
    }
}
