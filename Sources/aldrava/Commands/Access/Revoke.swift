extension Command {
    static let revokeRole = changeRole("revoke", isGrant: false, "Take a role from a user.")
    static let revokePermission = changePermission(
        "revoke", isGrant: false, "Take a permission from a user or a role.")
}
