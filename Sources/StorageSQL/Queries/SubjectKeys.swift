public import Domain
public import Storage

extension SQLTransaction {
    public func subjectKey(of subject: ID<User>, realm: RealmName) throws(StoreFault) -> [UInt8]? {
        try row(
            "SELECT wrapped FROM subject_keys WHERE realm = $1 AND subject_id = $2", [.realm(realm), .id(subject)]
        ) { row throws(StoreFault) in try row.blob(0) }
    }

    public func claimSubjectKey(
        _ wrapped: WrappedKey, subject: ID<User>, realm: RealmName
    ) throws(StoreFault) -> [UInt8] {
        let isNew = try change(
            """
            INSERT INTO subject_keys (realm, subject_id, wrapped, wrapping, created_at)
            SELECT $1, $2, $3, $4, $5
            WHERE EXISTS (SELECT 1 FROM data_keys WHERE purpose = 'wrapping' AND epoch = $4)
            ON CONFLICT (realm, subject_id) DO NOTHING
            """, [.realm(realm), .id(subject), .blob(wrapped.bytes), .integer(wrapped.epoch), .time(now)])
        if isNew > 0 { return wrapped.bytes }
        if let present = try subjectKey(of: subject, realm: realm) { return present }
        if try dataKeys().contains(where: { $0.purpose == "wrapping" && $0.epoch == wrapped.epoch }) {
            throw .busy("a subject's key was erased at the same moment")
        }
        throw .wrappingKeyIsGone
    }

    public func subjectKeys(
        notWrappedUnder epoch: Int64, after last: StoredSubjectKey?, limit: Int
    ) throws(StoreFault) -> [StoredSubjectKey] {
        try rows(
            """
            SELECT realm, subject_id, wrapped FROM subject_keys
            WHERE wrapping <> $1 AND (realm, subject_id) > ($2, $3) ORDER BY realm, subject_id LIMIT $4
            """,
            [.integer(epoch), .text(last?.realm.text ?? ""), .blob(last?.subject.bytes ?? []), .limit(limit)]
        ) { row throws(StoreFault) in
            StoredSubjectKey(subject: try row.id(1), realm: try row.realm(0), wrapped: try row.blob(2))
        }
    }

    public func replaceWrapped(_ old: StoredSubjectKey, by new: WrappedKey) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE subject_keys SET wrapped = $4, wrapping = $5
            WHERE realm = $1 AND subject_id = $2 AND wrapped = $3
            """,
            [.realm(old.realm), .id(old.subject), .blob(old.wrapped), .blob(new.bytes), .integer(new.epoch)]) > 0
    }
}
