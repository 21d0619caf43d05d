public import Domain
internal import Standards
public import Storage

/// Creates a role, of a rank that its maker reaches.
public struct CreateRole: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case created(Role), refused(CreationRefusal), notRepeated(RepeatRefusal) }

    public func callAsFunction(
        name: String, description: String, rank: Int64? = nil, in realm: RealmName, by actor: Actor,
        once request: RepeatableRequest? = nil
    ) async throws(StoreFault) -> Outcome {
        let problems =
            AccessProblems.name(name, field: "name") + AccessProblems.description(description)
            + AccessProblems.rank(rank)
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let role = Role(
            id: parts.capabilities.id(Role.self), realm: realm, name: name, description: description, rank: rank,
            createdAt: parts.capabilities.now())
        let draft = try await parts.recorder.draft(
            .createRole, realm: realm, by: actor, details: [("role", .string(name)), ("rank", .integer(role.rank))],
            in: parts.store)
        let once = OnceOnly(request, in: realm, parts.dataKeys, parts.capabilities)
        return try await parts.store.transaction { (tx) throws(StoreFault) in
            // For good: a role's rank lasts by itself, and some come to hold a role by its name alone.
            let authority = try actor.authority(in: realm, tx, for: .good)
            // Of the administrators' role the rank too is for whoever stands above the realm: it shields all who get it.
            guard authority.reaches(rank: role.rank), !role.isProtected(from: authority) else {
                return .refused(.aboveOwnRank)
            }
            let beginning = try once?.begin(role.id, tx) { (id) throws(StoreFault) in try tx.role(id, realm: realm) }
            switch beginning {
            case nil, .new: break
            case .made(let role): return .created(role)
            case .refused(let refusal): return .notRepeated(refusal)
            }
            guard try tx.insert(role) else {
                try once?.forget(tx)
                return .refused(.exists(name))
            }
            try draft.append(to: tx)
            return .created(role)
        }
    }
}

/// Why a role or a permission was not created.
public enum CreationRefusal: Sendable {
    case exists(String)
    case invalid([FieldProblem])
    case aboveOwnRank
    /// Whoever makes it does not hold what it would give.
    case notHeld
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

    static func rank(_ rank: Int64?) -> [FieldProblem] {
        guard let rank, !Role.ranks.contains(rank) else { return [] }
        return [FieldProblem(field: "rank", code: "out_of_range", message: "must be 0 to \(Role.ranks.upperBound)")]
    }

    /// A resource or an action, which may be `*` in what is granted. What administration is made of is not the team's.
    static func part(_ text: String, field: String) -> [FieldProblem] {
        if text.utf8.elementsEqual(Permission.Pair.anything.utf8) { return [] }
        guard field == "resource", AdminRight.isResource(text) else { return name(text, field: field) }
        return [
            FieldProblem(
                field: field, code: "reserved_resource",
                message: "must not begin with '\(AdminRight.resourcePrefix)': those permissions exist already")
        ]
    }

    /// Another name for a permission than its pair. One that looks like a pair would answer for that pair.
    static func permissionName(_ text: String, of pair: Permission.Pair) -> [FieldProblem] {
        if text.utf8.elementsEqual(pair.description.utf8) { return [] }
        return name(text, field: "name")
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
