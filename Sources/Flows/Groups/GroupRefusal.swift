public import Domain
public import Storage

/// Why a group was not made, changed or deleted.
public enum GroupRefusal: Sendable {
    case noSuchGroup
    case noSuchOrganisation
    case exists
    case invalid([FieldProblem])
    /// Somebody was faster; what is different from what the caller wants, and the version that it has now.
    case changedMeanwhile([FieldProblem])
    /// What the group holds stands above whoever does it.
    case aboveOwnRank
    /// What the group holds, whoever does it does not hold.
    case notHeld
    /// Nobody would be left who administers the realm.
    case lastAdministrator
    /// An organisation has a limited number of groups.
    case tooMany
}

/// A group with what it holds itself.
public struct GroupDetail: Sendable {
    public let group: Group
    /// The organisation's name, where it belongs to one.
    public let organisation: String?
    public let holds: [AccessEntry]
}

extension FieldProblem {
    /// Of an edit that came too late: what stands in the way of it.
    static func isNow(_ field: String, _ value: String) -> FieldProblem {
        FieldProblem(field: field, code: "changed_meanwhile", message: "is now '\(value)'")
    }
}
