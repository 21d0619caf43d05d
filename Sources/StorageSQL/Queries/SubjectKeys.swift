public import Domain
public import Storage

extension SQLTransaction {
    public func subjectKey(of subject: ID<User>, realm: RealmName) throws(StoreFault) -> [UInt8]? {
        try row(
            "SELECT wrapped FROM subject_keys WHERE realm = $1 AND subject_id = $2", [.realm(realm), .id(subject)]
        ) { row throws(StoreFault) in try row.blob(0) }
    }

    public func claimSubjectKey(
        _ wrapped: [UInt8], subject: ID<User>, realm: RealmName
    ) throws(StoreFault) -> [UInt8] {
        let isNew = try change(
            """
            INSERT INTO subject_keys (realm, subject_id, wrapped, created_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (realm, subject_id) DO NOTHING
            """, [.realm(realm), .id(subject), .blob(wrapped), .time(now)])
        if isNew > 0 { return wrapped }
        guard let present = try subjectKey(of: subject, realm: realm) else {
            throw .busy("a subject's key was erased at the same moment")
        }
        return present
    }
}
