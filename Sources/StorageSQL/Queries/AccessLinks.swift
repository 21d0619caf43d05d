public import Domain
public import Storage

extension SQLTransaction {
    public func lockAccess(realm: RealmName) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO access_guards (realm, turns) VALUES ($1, 1)
            ON CONFLICT (realm) DO UPDATE SET turns = access_guards.turns + 1
            """, [.realm(realm)])
    }

    public func give(
        _ held: AccessHeld, to holder: AccessHolder, until expiresAt: Timestamp?, realm: RealmName
    ) throws(StoreFault) -> Bool {
        guard try isThere(holder, realm), try isThere(held, realm) else {
            throw .constraint("a grant between two that do not exist in one realm")
        }
        // One without an end, of a kind that is kept apart, takes the place of one with an end, and the other way round.
        switch (holder, held) {
        case (.user(let user), .role(let role)) where expiresAt == nil:
            let replaced = try takeLink(held, from: holder, realm)
            return try grant(role: role, to: user) || replaced
        case (.user(let user), .permission(let permission, nil)) where expiresAt == nil:
            let replaced = try takeLink(held, from: holder, realm)
            return try grant(permission: permission, to: user) || replaced
        case (.role(let role), .permission(let permission, nil)) where expiresAt == nil:
            let replaced = try takeLink(held, from: holder, realm)
            return try grant(permission: permission, to: role) || replaced
        default:
            let replaced = try takePlain(held, from: holder)
            return try link(held, holder, expiresAt, realm) || replaced
        }
    }

    public func take(_ held: AccessHeld, from holder: AccessHolder, realm: RealmName) throws(StoreFault) -> Bool {
        let plain = try takePlain(held, from: holder)
        return try takeLink(held, from: holder, realm) || plain
    }

    public func removeExpiredGrants(before time: Timestamp, limit: Int) throws(StoreFault) -> Int64 {
        try change(
            """
            DELETE FROM access_links WHERE (holder, held, instance) IN (
                SELECT holder, held, instance FROM access_links WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)
            """, [.time(time), .limit(limit)])
    }

    public func entries(of holder: AccessHolder, realm: RealmName) throws(StoreFault) -> [AccessEntry] {
        try rows(
            """
            SELECT e.holder_kind, e.holder, COALESCE(u.username, k.name, hg.name, hr.name), e.kind, e.held,
                COALESCE(g.name, r.name, p.resource || ':' || p.action), e.instance, e.expires_at
            FROM access_entries e
            LEFT JOIN users u ON e.holder_kind = 1 AND u.id = e.holder
            LEFT JOIN api_keys k ON e.holder_kind = 2 AND k.id = e.holder
            LEFT JOIN groups hg ON e.holder_kind = 3 AND hg.id = e.holder
            LEFT JOIN roles hr ON e.holder_kind = 4 AND hr.id = e.holder
            LEFT JOIN groups g ON e.kind = 1 AND g.id = e.held
            LEFT JOIN roles r ON e.kind = 2 AND r.id = e.held
            LEFT JOIN permissions p ON e.kind = 3 AND p.id = e.held
            WHERE e.holder = $1 AND e.realm = $2 ORDER BY 4, 6, 7
            """, [holder.value, .realm(realm)], readEntry)
    }

    public func entries(
        holding held: AccessHeld, realm: RealmName, after entry: AccessEntry?, limit: Int
    ) throws(StoreFault) -> [AccessEntry] {
        try rows(
            """
            SELECT e.holder_kind, e.holder, COALESCE(u.username, k.name, hg.name, hr.name), e.kind, e.held,
                COALESCE(g.name, r.name, p.resource || ':' || p.action), e.instance, e.expires_at
            FROM access_entries e
            LEFT JOIN users u ON e.holder_kind = 1 AND u.id = e.holder
            LEFT JOIN api_keys k ON e.holder_kind = 2 AND k.id = e.holder
            LEFT JOIN groups hg ON e.holder_kind = 3 AND hg.id = e.holder
            LEFT JOIN roles hr ON e.holder_kind = 4 AND hr.id = e.holder
            LEFT JOIN groups g ON e.kind = 1 AND g.id = e.held
            LEFT JOIN roles r ON e.kind = 2 AND r.id = e.held
            LEFT JOIN permissions p ON e.kind = 3 AND p.id = e.held
            WHERE e.held = $1 AND e.realm = $2 AND (e.holder, e.instance) > ($3, $4)
            ORDER BY e.holder, e.instance LIMIT $5
            """,
            [
                held.value, .realm(realm), entry?.holder.value ?? .blob([]), .text(entry?.held.instance ?? ""),
                .limit(limit),
            ], readEntry)
    }

    private func link(
        _ held: AccessHeld, _ holder: AccessHolder, _ expiresAt: Timestamp?, _ realm: RealmName
    ) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO access_links (holder, holder_kind, held, kind, instance, realm, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (holder, held, instance) DO UPDATE SET expires_at = excluded.expires_at
            WHERE COALESCE(access_links.expires_at, -1) <> COALESCE(excluded.expires_at, -1)
            """,
            [
                holder.value, .integer(holder.kind), held.value, .integer(held.kind), .text(held.instance),
                .realm(realm), .time(expiresAt),
            ]) > 0
    }

    private func takeLink(
        _ held: AccessHeld, from holder: AccessHolder, _ realm: RealmName
    ) throws(StoreFault) -> Bool {
        try change(
            "DELETE FROM access_links WHERE holder = $1 AND held = $2 AND instance = $3 AND realm = $4",
            [holder.value, held.value, .text(held.instance), .realm(realm)]) > 0
    }

    private func takePlain(_ held: AccessHeld, from holder: AccessHolder) throws(StoreFault) -> Bool {
        switch (holder, held) {
        case (.user(let user), .role(let role)): try revoke(role: role, from: user)
        case (.user(let user), .permission(let permission, nil)): try revoke(permission: permission, from: user)
        case (.role(let role), .permission(let permission, nil)): try revoke(permission: permission, from: role)
        default: false
        }
    }

    private func isThere(_ holder: AccessHolder, _ realm: RealmName) throws(StoreFault) -> Bool {
        switch holder {
        case .user(let id): try isThere("SELECT 1 FROM users WHERE id = $1 AND realm = $2", .id(id), realm)
        case .key(let id): try isThere("SELECT 1 FROM api_keys WHERE id = $1 AND realm = $2", .id(id), realm)
        case .group(let id): try isThere(AccessHeld.group(id), realm)
        case .role(let id): try isThere(AccessHeld.role(id), realm)
        }
    }

    private func isThere(_ held: AccessHeld, _ realm: RealmName) throws(StoreFault) -> Bool {
        switch held {
        case .group: try isThere("SELECT 1 FROM groups WHERE id = $1 AND realm = $2", held.value, realm)
        case .role: try isThere("SELECT 1 FROM roles WHERE id = $1 AND realm = $2", held.value, realm)
        case .permission: try isThere("SELECT 1 FROM permissions WHERE id = $1 AND realm = $2", held.value, realm)
        }
    }

    private func isThere(_ sql: StaticString, _ id: SQLValue, _ realm: RealmName) throws(StoreFault) -> Bool {
        try row(sql, [id, .realm(realm)]) { row throws(StoreFault) in try row.integer(0) } != nil
    }
}

private func readEntry(_ row: some SQLRow) throws(StoreFault) -> AccessEntry {
    let instance = try row.text(6)
    let holder: AccessHolder =
        switch try row.integer(0) {
        case 1: .user(try row.id(1))
        case 2: .key(try row.id(1))
        case 3: .group(try row.id(1))
        default: .role(try row.id(1))
        }
    let held: AccessHeld =
        switch try row.integer(3) {
        case 1: .group(try row.id(4))
        case 2: .role(try row.id(4))
        default: .permission(try row.id(4), instance: instance.isEmpty ? nil : instance)
        }
    return AccessEntry(
        holder: holder, holderName: row.isNull(2) ? "" : try row.text(2), held: held,
        heldName: row.isNull(5) ? "" : try row.text(5), expiresAt: try row.optionalTime(7))
}
