/// One line of the institutional record: who did what, and whether it held.
///
/// This is the stored form. What is personal is already sealed under its subject's key, so that
/// erasing a person is destroying one key while every proof still verifies.
public struct Event: Sendable {
    public let id: ID<Event>
    public let time: Timestamp
    public let realm: RealmName
    /// Which server wrote it.
    public let node: String
    /// What happened, such as `login` or `grant_permission`.
    public let did: String
    /// Whether it was accepted.
    public let status: Bool
    /// Who or what validated it, such as `password` or `refresh_token`.
    public let confirmedBy: String
    public let consequences: Consequences
    /// `nil` when the server itself, or nobody known, acted.
    public let actor: ID<User>?
    /// Non-personal details: one JSON object, members sorted by name, UTF-8.
    public let details: String
    public let personal: [SealedPart]

    /// What follows if all is well, if there is doubt, and if not: `if_ok`, `if_doubt`, `if_not`.
    public struct Consequences: Hashable, Sendable {
        public let ifOK: String
        public let ifDoubt: String
        public let ifNot: String

        public init(ifOK: String, ifDoubt: String, ifNot: String) {
            self.ifOK = ifOK
            self.ifDoubt = ifDoubt
            self.ifNot = ifNot
        }
    }

    /// One subject's personal details, encrypted under that subject's key.
    public struct SealedPart: Hashable, Sendable {
        public let subject: ID<User>
        public let ciphertext: [UInt8]

        public init(subject: ID<User>, ciphertext: [UInt8]) {
            self.subject = subject
            self.ciphertext = ciphertext
        }
    }

    public init(
        id: ID<Event>, time: Timestamp, realm: RealmName, node: String, did: String, status: Bool, confirmedBy: String,
        consequences: Consequences, actor: ID<User>?, details: String, personal: [SealedPart]
    ) {
        self.id = id
        self.time = time
        self.realm = realm
        self.node = node
        self.did = did
        self.status = status
        self.confirmedBy = confirmedBy
        self.consequences = consequences
        self.actor = actor
        self.details = details
        self.personal = personal
    }
}

extension ID<User> {
    /// The subject of what cannot be laid at anybody's door, such as a sign-in attempt with an unknown name.
    public static var nobody: Self { Self(high: 0, low: 0) }
}
