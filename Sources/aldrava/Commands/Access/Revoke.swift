extension Command {
    static let revokeRole = changeRole(
        "revoke", isGrant: false, "Take a role from a user, an API key or a group, or out of a role that includes it.")
    static let revokePermission = changePermission(
        "revoke", isGrant: false, "Take a permission from a user, a role, an API key or a group.")
}
