public import Domain
public import Storage

extension SQLTransaction {
    public func invitation(
        _ id: ID<OrganisationInvitation>, realm: RealmName
    ) throws(StoreFault) -> OrganisationInvitation? {
        try row(
            """
            SELECT i.id, i.realm, i.organisation_id, i.is_admin, i.inviter_kind, i.inviter, i.letter, t.created_at,
                t.expires_at
            FROM organisation_invitations i JOIN account_tokens t ON t.id = i.letter
            WHERE i.id = $1 AND i.realm = $2 AND t.expires_at > $3
            """, [.id(id), .realm(realm), .time(now)], readInvitation)
    }

    public func invitation(letter: [UInt8], realm: RealmName) throws(StoreFault) -> OrganisationInvitation? {
        try row(
            """
            SELECT i.id, i.realm, i.organisation_id, i.is_admin, i.inviter_kind, i.inviter, i.letter, t.created_at,
                t.expires_at
            FROM organisation_invitations i JOIN account_tokens t ON t.id = i.letter
            WHERE i.letter = $1 AND i.realm = $2 AND t.expires_at > $3
            """, [.blob(letter), .realm(realm), .time(now)], readInvitation)
    }

    public func invitations(
        of organisation: ID<Organisation>, after id: ID<OrganisationInvitation>?, limit: Int
    ) throws(StoreFault) -> [OrganisationInvitation] {
        try rows(
            """
            SELECT i.id, i.realm, i.organisation_id, i.is_admin, i.inviter_kind, i.inviter, i.letter, t.created_at,
                t.expires_at
            FROM organisation_invitations i JOIN account_tokens t ON t.id = i.letter
            WHERE i.organisation_id = $1 AND i.id > $2 AND t.expires_at > $3 ORDER BY i.id LIMIT $4
            """, [.id(organisation), id.map { .id($0) } ?? .blob([]), .time(now), .limit(limit)], readInvitation)
    }

    public func invitationCount(of organisation: ID<Organisation>) throws(StoreFault) -> Int64 {
        try row(
            """
            SELECT COUNT(*) FROM organisation_invitations i JOIN account_tokens t ON t.id = i.letter
            WHERE i.organisation_id = $1 AND t.expires_at > $2
            """, [.id(organisation), .time(now)]
        ) { row throws(StoreFault) in try row.integer(0) } ?? 0
    }

    public func insert(_ invitation: OrganisationInvitation) throws(StoreFault) {
        let older = try connection.query(
            """
            DELETE FROM account_tokens WHERE id IN (
                SELECT i.letter FROM organisation_invitations i JOIN account_tokens t ON t.id = i.letter
                WHERE i.organisation_id = $1 AND t.address = (SELECT address FROM account_tokens WHERE id = $2))
            RETURNING subject_id
            """, [.id(invitation.organisation), .blob(invitation.letter)]
        ) { row throws(StoreFault) in try row.id(0, as: User.self) }
        for subject in older { try forgetKey(ofNobody: subject, realm: invitation.realm) }
        let (kind, inviter): (Int64, SQLValue) =
            switch invitation.inviter {
            case .machine: (0, .blob([]))
            case .person(let id): (1, .id(id))
            case .key(let id): (2, .id(id))
            }
        _ = try change(
            """
            INSERT INTO organisation_invitations (id, realm, organisation_id, letter, is_admin, inviter_kind, inviter)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .id(invitation.id), .realm(invitation.realm), .id(invitation.organisation), .blob(invitation.letter),
                .flag(invitation.role == .admin), .integer(kind), inviter,
            ])
    }

    public func delete(
        invitation: ID<OrganisationInvitation>, realm: RealmName
    ) throws(StoreFault) -> Bool {
        let subjects = try connection.query(
            """
            DELETE FROM account_tokens WHERE id IN (
                SELECT letter FROM organisation_invitations WHERE id = $1 AND realm = $2)
            RETURNING subject_id
            """, [.id(invitation), .realm(realm)]
        ) { row throws(StoreFault) in try row.id(0, as: User.self) }
        for subject in subjects { try forgetKey(ofNobody: subject, realm: realm) }
        return !subjects.isEmpty
    }
}

private func readInvitation(_ row: some SQLRow) throws(StoreFault) -> OrganisationInvitation {
    let inviter: OrganisationInvitation.Inviter =
        switch try row.integer(4) {
        case 1: .person(try row.id(5))
        case 2: .key(try row.id(5))
        default: .machine
        }
    return OrganisationInvitation(
        id: try row.id(0), realm: try row.realm(1), organisation: try row.id(2), role: try readRole(row, 3),
        inviter: inviter, letter: try row.blob(6), createdAt: try row.time(7), expiresAt: try row.time(8))
}
