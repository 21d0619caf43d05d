public import Domain

/// What a team's own row-level security policies know Aldrava's people by: the schema `aldrava` of a PostgreSQL database.
public enum IdentitySchema {
    /// What there is before anything is changed.
    public enum State: Hashable, Sendable {
        /// With the names of the keys that its functions believe, sorted.
        case present(keys: [String])
        case absent
        /// Not here, and this role may not make it.
        case forbidden(role: String)
        /// Somebody else's schema has the name.
        case foreign(owner: String)
        /// The database is no PostgreSQL.
        case unsupported
    }

    /// A key of database tokens as SQL needs it: PostgreSQL hashes and knows no HMAC, so both halves are prepared for it.
    public struct Key: Sendable {
        /// The name that tokens carry.
        public let id: String
        /// The key, 64 bytes with its zeros, with each byte XOR 0x36 (RFC 2104 §2).
        public let innerPad: [UInt8]
        /// The same with 0x5C.
        public let outerPad: [UInt8]

        public init(id: String, innerPad: [UInt8], outerPad: [UInt8]) {
            self.id = id
            self.innerPad = innerPad
            self.outerPad = outerPad
        }
    }
}

/// The role that serves, where another one owns the tables.
public protocol ServingRoleWriter {
    /// Lets a role read and write every table, now and after later migrations, and change none. False where there is no
    /// such role; on PostgreSQL only.
    func grantServing(to role: String) throws(StoreFault) -> Bool
}

/// Changes of that schema; all but the first are for PostgreSQL only, after ``installIdentitySchema()``.
public protocol RowSecurityWriter {
    func identitySchema() throws(StoreFault) -> IdentitySchema.State
    /// Makes the schema's tables and functions, or brings them up to date; may be repeated.
    func installIdentitySchema() throws(StoreFault)
    /// Keeps the key of that name that is already there.
    func insert(_ key: IdentitySchema.Key) throws(StoreFault)
    /// Lets all keys but one be believed for that long and no longer, and forgets those that ended a day ago.
    func endIdentityKeys(except id: String, after overlap: Duration) throws(StoreFault)
    /// Whose tokens the functions believe. False where nothing changed.
    func admitIdentities(of realm: RealmName) throws(StoreFault) -> Bool
    func dismissIdentities(of realm: RealmName) throws(StoreFault) -> Bool
}
