public import Domain
internal import Standards
public import Storage

/// Creates a role.
public struct CreateRole: Sendable {
    let store: any Store
    let recorder: Recorder
    let capabilities: Capabilities

    public enum Outcome: Sendable { case created(Role), refused(CreationRefusal) }

    public func callAsFunction(
        name: String, description: String, in realm: RealmName, by source: Source
    ) async throws(StoreFault) -> Outcome {
        let problems = AccessProblems.name(name, field: "name") + AccessProblems.description(description)
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let role = Role(
            id: capabilities.id(Role.self), realm: realm, name: name, description: description,
            createdAt: capabilities.now())
        let draft = recorder.draft(
            .createRole, realm: realm, confirmedBy: "cli", source: source, details: [("role", .string(name))])
        let isNew = try await store.transaction { (tx) throws(StoreFault) in
            guard try tx.insert(role) else { return false }
            try draft.append(to: tx)
            return true
        }
        return isNew ? .created(role) : .refused(.exists(name))
    }
}

/// Why a role or a permission was not created.
public enum CreationRefusal: Sendable {
    case exists(String)
    case invalid([FieldProblem])
}

/// What can be wrong with the names that access is spoken of in.
enum AccessProblems {
    static func name(_ text: String, field: String) -> [FieldProblem] {
        guard !AccessName.isValid(text) else { return [] }
        return [
            FieldProblem(
                field: field, code: "invalid_name",
                message: "must be 1 to 64 letters, digits, '_', '-' or '.', beginning with a letter or digit")
        ]
    }

    static func description(_ text: String) -> [FieldProblem] {
        guard text.unicodeScalars.count > 256 || text.utf8.contains(0) else { return [] }
        return [
            FieldProblem(
                field: "description", code: "invalid_description", message: "must be at most 256 characters without NUL"
            )
        ]
    }
}
