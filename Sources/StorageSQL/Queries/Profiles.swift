public import Domain
public import Storage

extension SQLTransaction {
    public func profile(of user: ID<User>, realm: RealmName) throws(StoreFault) -> StoredProfile? {
        try row(
            """
            SELECT user_id, realm, version, sealed, rules, state FROM profiles WHERE user_id = $1 AND realm = $2
            """, [.id(user), .realm(realm)], readProfile)
    }

    public func profiles(
        realm: RealmName, after user: ID<User>?, limit: Int
    ) throws(StoreFault) -> [StoredProfile] {
        try rows(
            """
            SELECT user_id, realm, version, sealed, rules, state FROM profiles
            WHERE realm = $1 AND user_id > $2 ORDER BY user_id LIMIT $3
            """, [.realm(realm), .blob(user?.bytes ?? []), .limit(limit)], readProfile)
    }

    /// Two ranges instead of one inequality: each is a walk along the index.
    public func profiles(
        realm: RealmName, notUnder rules: [UInt8], limit: Int
    ) throws(StoreFault) -> [StoredProfile] {
        let before = try rows(
            """
            SELECT user_id, realm, version, sealed, rules, state FROM profiles
            WHERE realm = $1 AND rules < $2 LIMIT $3
            """, [.realm(realm), .blob(rules), .limit(limit)], readProfile)
        guard before.count < limit else { return before }
        return before
            + (try rows(
                """
                SELECT user_id, realm, version, sealed, rules, state FROM profiles
                WHERE realm = $1 AND rules > $2 LIMIT $3
                """, [.realm(realm), .blob(rules), .limit(limit - before.count)], readProfile))
    }

    public func profileCounts(realm: RealmName, rules: [UInt8]) throws(StoreFault) -> ProfileCounts {
        let found = try rows(
            "SELECT rules, state, count(*) FROM profiles WHERE realm = $1 GROUP BY rules, state", [.realm(realm)]
        ) { row throws(StoreFault) in
            (isPresent: try row.blob(0) == rules, state: try state(row, 1), count: try row.integer(2))
        }
        var counts = ProfileCounts()
        for (isPresent, state, count) in found {
            switch state {
            case .complete: counts.complete += count
            case .incomplete: counts.incomplete += count
            case .needsAttention: counts.needsAttention += count
            }
            if !isPresent { counts.waiting += count }
        }
        return counts
    }

    public func holder(of value: UniqueValue, realm: RealmName) throws(StoreFault) -> ID<User>? {
        try row(
            "SELECT user_id FROM profile_unique WHERE realm = $1 AND attribute = $2 AND mac = $3",
            [.realm(realm), .text(value.attribute), .blob(value.mac)]
        ) { row throws(StoreFault) in try row.id(0) }
    }

    public func rolesByRule(of user: ID<User>, realm: RealmName) throws(StoreFault) -> [String] {
        try rows(
            """
            SELECT r.name FROM rule_roles rr CROSS JOIN roles r
            WHERE rr.user_id = $1 AND r.id = rr.role_id AND r.realm = $2 ORDER BY r.name
            """, [.id(user), .realm(realm)]
        ) { row throws(StoreFault) in try row.text(0) }
    }

    /// The first row needs a user of that realm; a later one is his, because the key is the user.
    public func write(_ profile: StoredProfile, ifVersion version: Int64) throws(StoreFault) -> Bool {
        let values: [SQLValue] = [
            .id(profile.user), .realm(profile.realm), .integer(version), .blob(profile.sealed),
            .blob(profile.rules), .text(profile.state.rawValue), .time(now),
        ]
        if version == 0 {
            return try change(
                """
                INSERT INTO profiles (user_id, realm, version, sealed, rules, state, updated_at)
                SELECT u.id, u.realm, $3 + 1, $4, $5, $6, $7 FROM users u WHERE u.id = $1 AND u.realm = $2
                ON CONFLICT (user_id) DO NOTHING
                """, values) > 0
        }
        return try change(
            """
            UPDATE profiles SET version = version + 1, sealed = $4, rules = $5, state = $6, updated_at = $7
            WHERE user_id = $1 AND realm = $2 AND version = $3
            """, values) > 0
    }

    public func setUniqueValues(
        of user: ID<User>, realm: RealmName, to values: [UniqueValue]
    ) throws(StoreFault) -> [String] {
        let present = try rows(
            "SELECT attribute, mac FROM profile_unique WHERE user_id = $1 AND realm = $2", [.id(user), .realm(realm)]
        ) { row throws(StoreFault) in UniqueValue(attribute: try row.text(0), mac: try row.blob(1)) }
        for old in present where !values.contains(old) {
            _ = try change(
                "DELETE FROM profile_unique WHERE realm = $1 AND attribute = $2 AND mac = $3 AND user_id = $4",
                [.realm(realm), .text(old.attribute), .blob(old.mac), .id(user)])
        }
        var lost: [String] = []
        // In one order for everybody, so that no two wait for each other.
        for new in values.sorted(by: { $0.attribute < $1.attribute }) where !present.contains(new) {
            let count = try change(
                """
                INSERT INTO profile_unique (realm, attribute, mac, user_id)
                SELECT u.realm, $2, $3, u.id FROM users u WHERE u.id = $4 AND u.realm = $1
                ON CONFLICT (realm, attribute, mac) DO NOTHING
                """, [.realm(realm), .text(new.attribute), .blob(new.mac), .id(user)])
            if count == 0 { lost.append(new.attribute) }
        }
        return lost
    }

    public func grantByRule(role: ID<Role>, to user: ID<User>) throws(StoreFault) -> Bool {
        let values: [SQLValue] = [.id(user), .id(role)]
        let count = try change(
            """
            INSERT INTO user_roles (user_id, role_id)
            SELECT u.id, r.id FROM users u JOIN roles r ON r.realm = u.realm WHERE u.id = $1 AND r.id = $2
            ON CONFLICT (user_id, role_id) DO NOTHING
            """, values)
        guard count > 0 else { return false }
        _ = try change("INSERT INTO rule_roles (user_id, role_id) VALUES ($1, $2)", values)
        return true
    }

    /// The mark goes with the grant.
    public func revokeByRule(role: ID<Role>, from user: ID<User>) throws(StoreFault) -> Bool {
        try change(
            """
            DELETE FROM user_roles WHERE user_id = $1 AND role_id = $2 AND EXISTS (
                SELECT 1 FROM rule_roles rr WHERE rr.user_id = $1 AND rr.role_id = $2)
            """, [.id(user), .id(role)]) > 0
    }

    public func deleteProfile(of user: ID<User>, realm: RealmName) throws(StoreFault) {
        _ = try change("DELETE FROM profile_unique WHERE user_id = $1 AND realm = $2", [.id(user), .realm(realm)])
        _ = try change("DELETE FROM profiles WHERE user_id = $1 AND realm = $2", [.id(user), .realm(realm)])
    }
}

private func readProfile(_ row: some SQLRow) throws(StoreFault) -> StoredProfile {
    StoredProfile(
        user: try row.id(0), realm: try row.realm(1), version: try row.integer(2), sealed: try row.blob(3),
        rules: try row.blob(4), state: try state(row, 5))
}

private func state(_ row: some SQLRow, _ column: Int) throws(StoreFault) -> ProfileState {
    guard let state = ProfileState(rawValue: try row.text(column)) else {
        throw .damaged("a profile's state is not one")
    }
    return state
}
