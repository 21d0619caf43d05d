public import Domain
public import Storage

extension SQLTransaction {
    public func organisation(_ id: ID<Organisation>, realm: RealmName) throws(StoreFault) -> Organisation? {
        try row(
            "SELECT id, realm, name, title, version, created_at FROM organisations WHERE id = $1 AND realm = $2",
            [.id(id), .realm(realm)], readOrganisation)
    }

    public func organisation(named name: String, realm: RealmName) throws(StoreFault) -> Organisation? {
        try row(
            "SELECT id, realm, name, title, version, created_at FROM organisations WHERE realm = $1 AND name = $2",
            [.realm(realm), .text(name)], readOrganisation)
    }

    public func organisations(
        realm: RealmName, after name: String, limit: Int
    ) throws(StoreFault) -> [Organisation] {
        try rows(
            """
            SELECT id, realm, name, title, version, created_at
            FROM organisations WHERE realm = $1 AND name > $2 ORDER BY name LIMIT $3
            """, [.realm(realm), .text(name), .limit(limit)], readOrganisation)
    }

    public func organisations(
        of user: ID<User>, realm: RealmName, after name: String, limit: Int
    ) throws(StoreFault) -> [OrganisationMembership] {
        try rows(
            """
            SELECT o.id, o.realm, o.name, o.title, o.version, o.created_at, m.is_admin, m.joined_at
            FROM organisation_members m JOIN organisations o ON o.id = m.organisation_id
            WHERE m.user_id = $1 AND o.realm = $2 AND o.name > $3 ORDER BY o.name LIMIT $4
            """, [.id(user), .realm(realm), .text(name), .limit(limit)]
        ) { row throws(StoreFault) in
            OrganisationMembership(
                organisation: try readOrganisation(row), role: try readRole(row, 6), joinedAt: try row.time(7))
        }
    }

    public func insert(_ organisation: Organisation) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO organisations (id, realm, name, title, version, created_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (realm, name) DO NOTHING
            """,
            [
                .id(organisation.id), .realm(organisation.realm), .text(organisation.name), .text(organisation.title),
                .integer(organisation.version), .time(organisation.createdAt),
            ]) > 0
    }

    public func update(_ organisation: Organisation, ifVersion version: Int64) throws(StoreFault) -> Bool {
        try change(
            "UPDATE organisations SET name = $3, title = $4, version = $5 WHERE id = $1 AND realm = $2 AND version = $6",
            [
                .id(organisation.id), .realm(organisation.realm), .text(organisation.name), .text(organisation.title),
                .integer(organisation.version), .integer(version),
            ]) > 0
    }

    /// Letters go first, since what they are about goes with them and not the other way round.
    public func delete(organisation: ID<Organisation>, realm: RealmName) throws(StoreFault) -> Bool {
        let values: [SQLValue] = [.id(organisation), .realm(realm)]
        let subjects = try connection.query(
            """
            DELETE FROM account_tokens WHERE id IN (
                SELECT letter FROM organisation_invitations WHERE organisation_id = $1 AND realm = $2)
            RETURNING subject_id
            """, values
        ) { row throws(StoreFault) in try row.id(0, as: User.self) }
        for subject in subjects { try forgetKey(ofNobody: subject, realm: realm) }
        _ = try change(
            """
            DELETE FROM groups WHERE realm = $2 AND id IN (
                SELECT group_id FROM organisation_groups WHERE organisation_id = $1)
            """, values)
        return try change("DELETE FROM organisations WHERE id = $1 AND realm = $2", values) > 0
    }

    // MARK: Members

    public func role(
        of user: ID<User>, in organisation: ID<Organisation>
    ) throws(StoreFault) -> Organisation.Role? {
        try row(
            "SELECT is_admin FROM organisation_members WHERE organisation_id = $1 AND user_id = $2",
            [.id(organisation), .id(user)]
        ) { row throws(StoreFault) in try readRole(row, 0) }
    }

    public func members(
        of organisation: ID<Organisation>, after user: ID<User>?, limit: Int
    ) throws(StoreFault) -> [OrganisationMember] {
        try rows(
            """
            SELECT u.id, u.username, u.email, m.is_admin, m.joined_at
            FROM organisation_members m JOIN users u ON u.id = m.user_id
            WHERE m.organisation_id = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3
            """, [.id(organisation), user.map { .id($0) } ?? .blob([]), .limit(limit)]
        ) { row throws(StoreFault) in
            OrganisationMember(
                user: try row.id(0), username: try row.text(1), email: try row.text(2), role: try readRole(row, 3),
                joinedAt: try row.time(4))
        }
    }

    public func administratorCount(
        of organisation: ID<Organisation>, besides user: ID<User>
    ) throws(StoreFault) -> Int64 {
        try row(
            """
            SELECT COUNT(*) FROM organisation_members m JOIN users u ON u.id = m.user_id
            WHERE m.organisation_id = $1 AND m.user_id <> $2 AND m.is_admin = 1 AND u.is_active = 1
                AND u.deactivated_at IS NULL AND (u.banned_until IS NULL OR u.banned_until <= $3)
            """, [.id(organisation), .id(user), .time(now)]
        ) { row throws(StoreFault) in try row.integer(0) } ?? 0
    }

    public func setRole(
        _ role: Organisation.Role, of user: ID<User>, in organisation: ID<Organisation>
    ) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO organisation_members (organisation_id, user_id, is_admin, joined_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (organisation_id, user_id) DO UPDATE SET is_admin = excluded.is_admin
            WHERE organisation_members.is_admin <> excluded.is_admin
            """, [.id(organisation), .id(user), .flag(role == .admin), .time(now)]) > 0
    }

    public func removeMember(
        _ user: ID<User>, from organisation: ID<Organisation>
    ) throws(StoreFault) -> Bool {
        let values: [SQLValue] = [.id(user), .id(organisation)]
        _ = try change(
            """
            DELETE FROM access_links WHERE holder = $1 AND held IN (
                SELECT group_id FROM organisation_groups WHERE organisation_id = $2)
            """, values)
        return try change("DELETE FROM organisation_members WHERE user_id = $1 AND organisation_id = $2", values) > 0
    }

    // MARK: Groups

    public func organisation(of group: ID<Group>, realm: RealmName) throws(StoreFault) -> Organisation? {
        try row(
            """
            SELECT o.id, o.realm, o.name, o.title, o.version, o.created_at
            FROM organisation_groups g JOIN organisations o ON o.id = g.organisation_id
            WHERE g.group_id = $1 AND o.realm = $2
            """, [.id(group), .realm(realm)], readOrganisation)
    }

    public func groups(
        of organisation: ID<Organisation>, after name: String, limit: Int
    ) throws(StoreFault) -> [Group] {
        try rows(
            """
            SELECT g.id, g.realm, g.name, g.description, g.version, g.created_at
            FROM organisation_groups o JOIN groups g ON g.id = o.group_id
            WHERE o.organisation_id = $1 AND g.name > $2 ORDER BY g.name LIMIT $3
            """, [.id(organisation), .text(name), .limit(limit)], readGroup)
    }

    public func assign(_ group: ID<Group>, to organisation: ID<Organisation>) throws(StoreFault) {
        _ = try change(
            "INSERT INTO organisation_groups (group_id, organisation_id) VALUES ($1, $2)",
            [.id(group), .id(organisation)])
    }
}

func readRole(_ row: some SQLRow, _ column: Int) throws(StoreFault) -> Organisation.Role {
    try row.integer(column) == 1 ? .admin : .member
}

private func readOrganisation(_ row: some SQLRow) throws(StoreFault) -> Organisation {
    Organisation(
        id: try row.id(0), realm: try row.realm(1), name: try row.text(2), title: try row.text(3),
        version: try row.integer(4), createdAt: try row.time(5))
}
