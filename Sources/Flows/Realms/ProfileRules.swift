public import Domain

/// A realm's rules for which attributes its people have.
public struct ProfileRules: Hashable, Sendable {
    /// In the order in which they are shown.
    public var attributes: [ProfileAttribute] = []
    /// What turns attributes into roles.
    public var assignments: [RoleAssignment] = []

    public init() {}

    /// Byte by byte, as all names of attributes are ASCII.
    public func attribute(_ name: String) -> ProfileAttribute? {
        attributes.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// Those that are kept here, and not in the account itself.
    var kept: [ProfileAttribute] { attributes.filter { !$0.type.isOfAccount } }
}
