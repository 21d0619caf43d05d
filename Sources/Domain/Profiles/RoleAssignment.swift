/// A rule that turns an attribute into a role: whoever has the attribute so has the role, and loses it with it.
public struct RoleAssignment: Hashable, Sendable {
    public let attribute: String
    public let condition: Condition
    public let role: String
    /// Whether a person's change of his own attributes may give or take the role.
    public let isForOwner: Bool

    public enum Condition: Hashable, Sendable {
        case present
        case isOneOf([AttributeValue])
    }

    public init(attribute: String, condition: Condition, role: String, isForOwner: Bool = false) {
        self.attribute = attribute
        self.condition = condition
        self.role = role
        self.isForOwner = isForOwner
    }

    public func holds(for values: ProfileValues) -> Bool {
        guard let value = values[attribute] else { return false }
        switch condition {
        case .present: return true
        case .isOneOf(let wanted): return wanted.contains { $0.isSame(as: value) }
        }
    }
}

extension [RoleAssignment] {
    /// The roles that follow from somebody's attributes, each once.
    public func roles(for values: ProfileValues) -> Set<String> {
        Set(filter { $0.holds(for: values) }.map(\.role))
    }

    /// Whether a person may change by himself whether he has the role: every rule that makes it allows that.
    public func isForOwner(role: String) -> Bool {
        let makers = filter { $0.role.utf8.elementsEqual(role.utf8) }
        return !makers.isEmpty && makers.allSatisfy(\.isForOwner)
    }
}
