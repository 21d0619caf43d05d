public import Domain
public import Storage

extension SQLTransaction {
    public func breakGlass() throws(StoreFault) -> StoredBreakGlass? {
        try row("SELECT id, created_at, used_at FROM break_glass WHERE slot = 1", []) { row throws(StoreFault) in
            StoredBreakGlass(id: try row.id(0), createdAt: try row.time(1), usedAt: try row.optionalTime(2))
        }
    }

    public func replaceBreakGlass(_ id: ID<BreakGlassCode>, digest: [UInt8]) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO break_glass (slot, id, digest, created_at, used_at) VALUES (1, $1, $2, $3, NULL)
            ON CONFLICT (slot) DO UPDATE SET id = excluded.id, digest = excluded.digest,
                created_at = excluded.created_at, used_at = NULL
            """, [.id(id), .blob(digest), .time(now)])
    }

    /// Of two that update the same row, the second waits for the first one's commit and then finds it used.
    public func consumeBreakGlass(_ digest: [UInt8]) throws(StoreFault) -> ID<BreakGlassCode>? {
        try changed(
            "UPDATE break_glass SET used_at = $2 WHERE digest = $1 AND used_at IS NULL RETURNING id",
            [.blob(digest), .time(now)]
        ) { row throws(StoreFault) -> ID<BreakGlassCode> in try row.id(0) }
    }

    public func revokeBreakGlass() throws(StoreFault) -> Bool {
        try change("DELETE FROM break_glass WHERE used_at IS NULL", []) > 0
    }

    public func breakGlassUser() throws(StoreFault) -> ID<User>? {
        try row("SELECT user_id FROM break_glass_user WHERE slot = 1", []) { row throws(StoreFault) -> ID<User> in
            try row.id(0)
        }
    }

    public func setBreakGlassUser(_ user: ID<User>) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO break_glass_user (slot, user_id) VALUES (1, $1)
            ON CONFLICT (slot) DO UPDATE SET user_id = excluded.user_id
            """, [.id(user)])
    }
}
