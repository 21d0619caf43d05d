public import Domain
internal import Standards
public import Storage

/// Creates a permission; its name is the pair unless another is given.
public struct CreatePermission: Sendable {
    let store: any Store
    let recorder: Recorder
    let capabilities: Capabilities

    public enum Outcome: Sendable { case created(Permission), refused(CreationRefusal) }

    public func callAsFunction(
        resource: String, action: String, name: String?, description: String, in realm: RealmName, by source: Source
    ) async throws(StoreFault) -> Outcome {
        var problems = AccessProblems.name(resource, field: "resource") + AccessProblems.name(action, field: "action")
        problems += AccessProblems.description(description)
        if let name, !AccessName.isValidPermission(name) {
            problems += AccessProblems.name("", field: "name")
        }
        guard let pair = Permission.Pair(resource: resource, action: action), problems.isEmpty else {
            return .refused(.invalid(problems))
        }
        let permission = Permission(
            id: capabilities.id(Permission.self), realm: realm, name: name ?? pair.description,
            description: description, pair: pair, createdAt: capabilities.now())
        let draft = recorder.draft(
            .createPermission, realm: realm, confirmedBy: "cli", source: source,
            details: [("name", .string(permission.name)), ("permission", .string(pair.description))])
        let isNew = try await store.transaction { (tx) throws(StoreFault) in
            guard try tx.insert(permission) else { return false }
            try draft.append(to: tx)
            return true
        }
        return isNew ? .created(permission) : .refused(.exists(permission.name))
    }
}
