internal import Storage

/// Roles, permissions, groups and grants, and the questions about them.
public struct AccessFlows: Sendable {
    public let changeRole: ChangeRole
    public let changePermission: ChangePermission
    public let deletePermission: DeletePermission
    public let explain: ExplainAccess
    public let promoteUser: PromoteUser
    let chores: [Chore]

    init(_ parts: FlowParts) {
        changeRole = ChangeRole(parts: parts)
        changePermission = ChangePermission(parts: parts)
        deletePermission = DeletePermission(parts: parts)
        explain = ExplainAccess(parts: parts)
        promoteUser = PromoteUser(
            parts: parts, changeGrant: ChangeGrant(parts: parts),
            createRole: CreateRole(parts: parts))
        let forget = ForgetExpiredGrants(store: parts.store)
        chores = [Chore(fault: "expired_grants_not_removed") { () throws(StoreFault) in try await forget() }]
    }
}
