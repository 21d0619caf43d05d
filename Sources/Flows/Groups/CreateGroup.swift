public import Domain
internal import Standards
public import Storage

/// Creates a group, which holds nothing yet; one of an organisation's belongs to it for good.
public struct CreateGroup: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case created(GroupDetail), refused(GroupRefusal), notRepeated(RepeatRefusal) }

    public func callAsFunction(
        name: String, description: String, organisation: String? = nil, in realm: RealmName, by actor: Actor,
        once request: RepeatableRequest? = nil
    ) async throws(StoreFault) -> Outcome {
        let problems = AccessProblems.name(name, field: "name") + AccessProblems.description(description)
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let group = Group(
            id: parts.capabilities.id(Group.self), realm: realm, name: name, description: description,
            createdAt: parts.capabilities.now())
        let draft = try await parts.recorder.draft(
            .createGroup, realm: realm, by: actor,
            details: [("group", .string(name))] + (organisation.map { [("organisation", .string($0))] } ?? []),
            in: parts.store)
        let once = OnceOnly(request, in: realm, parts.dataKeys, parts.capabilities)
        return try await parts.store.transaction { (tx) throws(StoreFault) -> Outcome in
            let beginning = try once?.begin(group.id, tx) { (id) throws(StoreFault) in
                try tx.group(id, realm: realm).map { (group) throws(StoreFault) in try tx.detail(group) }
            }
            switch beginning {
            case nil, .new: break
            case .made(let detail): return .created(detail)
            case .refused(let refusal): return .notRepeated(refusal)
            }
            let outcome = try insert(group, of: organisation, tx)
            if case .created = outcome { try draft.append(to: tx) } else { try once?.forget(tx) }
            return outcome
        }
    }

    private func insert(
        _ group: Group, of organisation: String?, _ tx: any StoreTransaction
    ) throws(StoreFault) -> Outcome {
        var owner: Organisation?
        if let organisation {
            guard AccessName.isValid(organisation) else { return .refused(.noSuchOrganisation) }
            try tx.lockAccess(realm: group.realm)
            guard let found = try tx.organisation(named: organisation, realm: group.realm) else {
                return .refused(.noSuchOrganisation)
            }
            guard
                try tx.groups(of: found.id, after: "", limit: Organisation.mostGroups).count < Organisation.mostGroups
            else { return .refused(.tooMany) }
            owner = found
        }
        guard try tx.insert(group) else { return .refused(.exists) }
        if let owner { try tx.assign(group.id, to: owner.id) }
        return .created(GroupDetail(group: group, organisation: owner?.name, holds: []))
    }
}
