public import Domain

/// Why a role or a permission was not changed or deleted.
public enum EditRefusal: Sendable {
    case notThere
    case invalid([FieldProblem])
    /// Another one has the name.
    case exists(String)
    case aboveOwnRank
    case notHeld
    /// The administrators' role, and what administration is made of, stay as they are.
    case protected
    case lastAdministrator
    /// With what differs from what the editor looked at.
    case changedMeanwhile([FieldProblem])
}

extension EditVersion {
    /// What to tell an editor who looked at another version; `nil` where it is this one.
    ///
    /// - Parameters:
    ///   - names: of the fields, in the order of the digests.
    ///   - further: what counts as a change besides the fields, in words.
    func problems(against seen: EditVersion?, _ names: [String], besides further: String) -> [FieldProblem]? {
        guard let seen, seen.number != number else { return nil }
        let fields = differences(to: seen, names)
        if fields.isEmpty {
            return [FieldProblem(field: "version", code: "changed", message: "is \(number) now; \(further)")]
        }
        return fields.map { FieldProblem(field: $0, code: "changed", message: "was changed by somebody else") }
    }
}

extension Role {
    /// What its entity tag says.
    public var editVersion: EditVersion { EditVersion(version, [name, description, "\(rank)"]) }
    static let editFields = ["name", "description", "rank"]
    static let editedBesides = "what it gives has changed, or its fields have"
}

extension Permission {
    /// What its entity tag says.
    public var editVersion: EditVersion { EditVersion(version, [name, description]) }
    static let editFields = ["name", "description"]
    static let editedBesides = "its fields have changed"
}
