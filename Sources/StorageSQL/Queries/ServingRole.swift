public import Storage

extension SQLTransaction {
    public func grantServing(to role: String) throws(StoreFault) -> Bool {
        guard Connection.dialect == .postgres else { return false }
        let known = try row("SELECT 1::bigint FROM pg_roles WHERE rolname = $1", [.text(role)]) {
            row throws(StoreFault) in try row.integer(0)
        }
        guard known != nil else { return false }
        // A role's name is no value to any of these statements, so it travels in a setting.
        _ = try row("SELECT set_config('aldrava.serving_role', $1, true)", [.text(role)]) { _ throws(StoreFault) in }
        try connection.define(SchemaVersion.grants)
        return true
    }
}
