public import Domain
internal import Standards
public import Storage

/// Creates a permission; its name is the pair unless another is given. Either part of the pair may be `*`.
public struct CreatePermission: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case created(Permission), refused(CreationRefusal), notRepeated(RepeatRefusal) }

    public func callAsFunction(
        resource: String, action: String, name: String?, description: String, in realm: RealmName, by actor: Actor,
        once request: RepeatableRequest? = nil
    ) async throws(StoreFault) -> Outcome {
        var problems = AccessProblems.part(resource, field: "resource") + AccessProblems.part(action, field: "action")
        problems += AccessProblems.description(description)
        let granted = Permission.Pair(granting: resource, action: action)
        if let name, let granted { problems += AccessProblems.permissionName(name, of: granted) }
        guard let pair = granted, problems.isEmpty else { return .refused(.invalid(problems)) }
        let permission = Permission(
            id: parts.capabilities.id(Permission.self), realm: realm, name: name ?? pair.description,
            description: description, pair: pair, createdAt: parts.capabilities.now())
        let draft = try await parts.recorder.draft(
            .createPermission, realm: realm, by: actor,
            details: [("name", .string(permission.name)), ("permission", .string(pair.description))],
            in: parts.store)
        let once = OnceOnly(request, in: realm, parts.dataKeys, parts.capabilities)
        return try await parts.store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) -> Outcome in
            let beginning = try once?.begin(permission.id, tx) { (id) throws(StoreFault) in
                try tx.permission(id, realm: realm)
            }
            switch beginning {
            case nil, .new: break
            case .made(let permission): return .created(permission)
            case .refused(let refusal): return .notRepeated(refusal)
            }
            guard try tx.insert(permission) else {
                try once?.forget(tx)
                return .refused(.exists(permission.name))
            }
            try draft.append(to: tx)
            return .created(permission)
        }
    }
}
