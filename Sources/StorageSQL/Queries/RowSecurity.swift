public import Domain
public import Storage

extension SQLTransaction {
    public func identitySchema() throws(StoreFault) -> IdentitySchema.State {
        guard Connection.dialect == .postgres else { return .unsupported }
        let found = try row(
            """
            SELECT current_user::text, (SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = 'aldrava'),
                has_database_privilege(current_database(), 'CREATE')::int::bigint,
                (SELECT count(*) FROM pg_tables WHERE schemaname = 'aldrava' AND tablename = 'token_keys')
            """, []
        ) { row throws(StoreFault) in
            (
                role: try row.text(0), owner: row.isNull(1) ? nil : try row.text(1),
                mayMake: try row.integer(2) != 0, hasKeys: try row.integer(3) != 0
            )
        }
        guard let found else { throw .unexpected("the server does not say who asks") }
        guard let owner = found.owner else { return found.mayMake ? .absent : .forbidden(role: found.role) }
        guard owner.utf8.elementsEqual(found.role.utf8) else { return .foreign(owner: owner) }
        guard found.hasKeys else { return .absent }
        return .present(
            keys: try rows("SELECT id FROM aldrava.token_keys ORDER BY id", []) { row throws(StoreFault) in
                try row.text(0)
            })
    }

    /// With a `search_path` on which nobody else can put anything: names in the functions are bound when they are made.
    public func installIdentitySchema() throws(StoreFault) {
        let path = try row("SELECT current_setting('search_path')", []) { row throws(StoreFault) in try row.text(0) }
        try setSearchPath("pg_catalog, pg_temp")
        for statement in IdentitySchemaText.all { try connection.define(statement) }
        try setSearchPath(path ?? "")
    }

    public func insert(_ key: IdentitySchema.Key) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO aldrava.token_keys (id, inner_pad, outer_pad) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING
            """, [.text(key.id), .blob(key.innerPad), .blob(key.outerPad)])
    }

    public func endIdentityKeys(except id: String, after overlap: Duration) throws(StoreFault) {
        _ = try change(
            """
            UPDATE aldrava.token_keys
            SET good_until = least(good_until, clock_timestamp() + $2 * interval '1 second') WHERE id <> $1
            """, [.text(id), .integer(overlap.components.seconds)])
        _ = try change(
            "DELETE FROM aldrava.token_keys WHERE good_until < clock_timestamp() - interval '1 day'", [])
    }

    public func admitIdentities(of realm: RealmName) throws(StoreFault) -> Bool {
        try change(
            "INSERT INTO aldrava.admitted_realms (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", [.realm(realm)]) > 0
    }

    public func dismissIdentities(of realm: RealmName) throws(StoreFault) -> Bool {
        try change("DELETE FROM aldrava.admitted_realms WHERE name = $1", [.realm(realm)]) > 0
    }

    private func setSearchPath(_ path: String) throws(StoreFault) {
        _ = try row("SELECT set_config('search_path', $1, true)", [.text(path)]) { _ throws(StoreFault) in }
    }
}
