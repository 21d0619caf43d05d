public import Domain
public import Storage

extension SQLTransaction {
    /// `CROSS JOIN` keeps SQLite from beginning with every permission of the realm, which makes this eight times slower where
    /// there are 2,000; to PostgreSQL it is any join.
    public func accessGraph(of holder: AccessHolder, realm: RealmName) throws(StoreFault) -> AccessGraph {
        let links = try rows(
            """
            WITH RECURSIVE member_of (id) AS (
                SELECT held FROM access_links WHERE holder = $1 AND kind = 1
                UNION
                SELECT l.held FROM member_of m JOIN access_links l ON l.holder = m.id AND l.kind = 1
            ), roles_of (id) AS (
                SELECT role_id FROM user_roles WHERE user_id = $1
                UNION
                SELECT held FROM access_links WHERE holder = $1 AND kind = 2
                UNION
                SELECT l.held FROM member_of m JOIN access_links l ON l.holder = m.id AND l.kind = 2
                UNION
                SELECT l.held FROM roles_of r JOIN access_links l ON l.holder = r.id AND l.kind = 2
            ), holders (id) AS (
                SELECT id FROM member_of UNION ALL SELECT id FROM roles_of UNION ALL SELECT $1
            )
            SELECT l.kind, l.holder, l.held, COALESCE(g.name, r.name, p.name), COALESCE(p.resource, ''),
                COALESCE(p.action, ''), l.instance, COALESCE(r.rank, 0), l.expires_at
            FROM holders h JOIN access_links l ON l.holder = h.id AND l.realm = $2
            LEFT JOIN groups g ON l.kind = 1 AND g.id = l.held AND g.realm = $2
            LEFT JOIN roles r ON l.kind = 2 AND r.id = l.held AND r.realm = $2
            LEFT JOIN permissions p ON l.kind = 3 AND p.id = l.held AND p.realm = $2
            UNION ALL
            SELECT 2, ur.user_id, r.id, r.name, '', '', '', r.rank, NULL
            FROM user_roles ur JOIN roles r ON r.id = ur.role_id AND r.realm = $2 WHERE ur.user_id = $1
            UNION ALL
            SELECT 3, up.user_id, p.id, p.name, p.resource, p.action, '', 0, NULL
            FROM user_permissions up JOIN permissions p ON p.id = up.permission_id AND p.realm = $2
            WHERE up.user_id = $1
            UNION ALL
            SELECT 3, rp.role_id, p.id, p.name, p.resource, p.action, '', 0, NULL
            FROM holders h CROSS JOIN role_permissions rp CROSS JOIN permissions p
            WHERE rp.role_id = h.id AND p.id = rp.permission_id AND p.realm = $2
            """, [holder.value, .realm(realm)], readLink)
        return AccessGraph(of: holder.node, links.compactMap(\.self))
    }

    /// From the administrators' role towards those who hold it: the other way round than ``accessGraph(of:realm:)``. What
    /// ends by itself does not count: it would leave nobody without a further deed.
    public func administratorCount(realm: RealmName, besides user: ID<User>?) throws(StoreFault) -> Int64 {
        try row(
            """
            WITH RECURSIVE admin_roles (id) AS (
                SELECT id FROM roles WHERE realm = $1 AND name = 'admin'
                UNION
                SELECT l.holder FROM admin_roles a JOIN access_links l ON l.held = a.id
                WHERE l.kind = 2 AND l.holder_kind = 4 AND l.expires_at IS NULL
            ), admin_groups (id) AS (
                SELECT l.holder FROM admin_roles a JOIN access_links l ON l.held = a.id
                WHERE l.kind = 2 AND l.holder_kind = 3 AND l.expires_at IS NULL
                UNION
                SELECT l.holder FROM admin_groups g JOIN access_links l ON l.held = g.id
                WHERE l.kind = 1 AND l.holder_kind = 3 AND l.expires_at IS NULL
            ), admins (id) AS (
                SELECT ur.user_id FROM admin_roles a JOIN user_roles ur ON ur.role_id = a.id
                UNION
                SELECT l.holder FROM admin_roles a JOIN access_links l ON l.held = a.id
                WHERE l.kind = 2 AND l.holder_kind = 1 AND l.expires_at IS NULL
                UNION
                SELECT l.holder FROM admin_groups g JOIN access_links l ON l.held = g.id
                WHERE l.kind = 1 AND l.holder_kind = 1 AND l.expires_at IS NULL
            )
            SELECT count(*) FROM admins a JOIN users u ON u.id = a.id
            WHERE u.realm = $1 AND u.is_active = 1 AND u.deactivated_at IS NULL
                AND (u.banned_until IS NULL OR u.banned_until <= $2) AND u.id <> $3
            """, [.realm(realm), .time(now), .id(user ?? .nobody)]
        ) { row throws(StoreFault) in try row.integer(0) } ?? 0
    }
}

/// `nil` for a link to something of another realm, which nothing writes.
private func readLink(_ row: some SQLRow) throws(StoreFault) -> AccessGraph.Link? {
    if row.isNull(3) { return nil }
    let (held, name) = (try row.node(2), try row.text(3))
    let thing: AccessGraph.Held
    switch try row.integer(0) {
    case 1: thing = .group(held, name: name)
    case 2: thing = .role(held, name: name, rank: try row.integer(7))
    default:
        guard let pair = Permission.Pair(granting: try row.text(4), action: try row.text(5)) else {
            throw .damaged("a permission's pair is not one")
        }
        let instance = try row.text(6)
        thing = .permission(name: name, pair, instance: instance.isEmpty ? nil : instance)
    }
    return AccessGraph.Link(try row.node(1), holds: thing, until: try row.optionalTime(8))
}

extension SQLRow {
    fileprivate func node(_ column: Int) throws(StoreFault) -> AccessGraph.Holder {
        guard let halves = try halves(column) else { throw .damaged("an id is not sixteen bytes") }
        return AccessGraph.Holder(high: halves.high, low: halves.low)
    }
}

extension AccessHolder {
    var value: SQLValue { .id(high: node.high, low: node.low) }

    /// As in `access_links.holder_kind`.
    var kind: Int64 {
        switch self {
        case .user: 1
        case .key: 2
        case .group: 3
        case .role: 4
        }
    }
}

extension AccessHeld {
    var value: SQLValue {
        switch self {
        case .group(let id): .id(id)
        case .role(let id): .id(id)
        case .permission(let id, _): .id(id)
        }
    }

    /// As in `access_links.kind`.
    var kind: Int64 {
        switch self {
        case .group: 1
        case .role: 2
        case .permission: 3
        }
    }

    var instance: String {
        if case .permission(_, let instance?) = self { instance } else { "" }
    }
}
