public import Domain

/// One question about access as somebody asks it.
public enum AskedAccess: Hashable, Sendable {
    case role(String)
    /// A pair, or a permission's own name; on one instance or on all.
    case permission(String, instance: String?)

    /// Whether what is held answers it with yes. From memory.
    public func isAllowed(by grants: Grants) -> Bool {
        switch self {
        case .role(let name): grants.hasRole(name)
        case .permission(let name, let instance): grants.hasPermission(name, on: instance)
        }
    }

    /// What it asks of links: by a permission's own name, and by its pair.
    var questions: [AccessQuestion] {
        switch self {
        case .role(let name): [AccessQuestion(.role(name))]
        case .permission(let name, let instance):
            [AccessQuestion(.named(name))]
                + (Permission.Pair(name).map { [AccessQuestion(.permission($0), on: instance)] } ?? [])
        }
    }
}

/// Why somebody may, or may not.
public struct AccessAnswer: Sendable {
    public let question: AskedAccess
    public let isAllowed: Bool
    /// As in ``AccessExplanation/ways``.
    public let ways: [AccessExplanation.Way]
    /// Set where no way is.
    public let absence: Absence?

    /// The raw values are public contract.
    public enum Absence: String, CaseIterable, Sendable {
        case noSuchPermission = "no_such_permission"
        case noSuchRole = "no_such_role"
        /// It exists, and no way leads there.
        case notGiven = "not_given"
    }
}

extension AccessGraph {
    /// All questions' ways together; those that allow come alone.
    func explain(_ question: AskedAccess, at now: Timestamp) -> AccessExplanation {
        let parts = question.questions.map { explain($0, at: now) }
        let isAllowed = parts.contains(where: \.isAllowed)
        return AccessExplanation(
            isAllowed: isAllowed, ways: parts.filter { $0.isAllowed == isAllowed }.flatMap(\.ways))
    }
}
