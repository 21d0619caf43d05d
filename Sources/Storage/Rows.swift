public import Domain

/// A password's hash, a PHC string, with everything needed to verify it.
public struct StoredPassword: Sendable {
    public let hash: Secret
    /// The hash's algorithm and costs without salt and digest, such as `$argon2id$v=19$m=19456,t=2,p=1`.
    public let format: String
    /// When the password became this one, however it is hashed since; `nil` for one that is about to be stored.
    public let changedAt: Timestamp?

    public init(hash: Secret, format: String, changedAt: Timestamp? = nil) {
        self.hash = hash
        self.format = format
        self.changedAt = changedAt
    }
}

public struct PasswordFormatCount: Hashable, Sendable {
    public let format: String
    public let count: Int64

    public init(format: String, count: Int64) {
        self.format = format
        self.count = count
    }
}

/// A user about to exist; the database gives the number and the times.
public struct NewUser: Sendable {
    public let id: ID<User>
    public let realm: RealmName
    public let username: Username
    public let email: EmailAddress
    /// Whether the person has proved to read the address's mail.
    public let isEmailVerified: Bool
    public let language: Language?
    public let appMetadata: String
    public let userMetadata: String

    public init(
        id: ID<User>, realm: RealmName, username: Username, email: EmailAddress, isEmailVerified: Bool = false,
        language: Language? = nil, appMetadata: String = "{}", userMetadata: String = "{}"
    ) {
        self.id = id
        self.realm = realm
        self.username = username
        self.email = email
        self.isEmailVerified = isEmailVerified
        self.language = language
        self.appMetadata = appMetadata
        self.userMetadata = userMetadata
    }
}

public enum InsertUserOutcome: Sendable {
    case inserted(User)
    /// At least one of the two is true.
    case taken(username: Bool, email: Bool)
}

/// The address and user agent that a session's newest tokens went to.
public struct SessionOrigin: Hashable, Sendable {
    public let address: String
    public let userAgent: String

    public init(address: String, userAgent: String) {
        self.address = address
        self.userAgent = userAgent
    }
}

public enum SessionEnd: String, CaseIterable, Sendable {
    case logout
    case theft
    case userDisabled = "user_disabled"
    case revoked
    /// It was an application's, and the person's own session ended.
    case parentEnded = "parent_ended"
    /// The user had more sessions than the realm allows, and this one was unused for longest.
    case limit
    /// The same browser signed in anew.
    case replacedByNewer = "replaced_by_newer"
    /// Its refresh token was presented again from elsewhere.
    case replayedElsewhere = "replayed_elsewhere"
}

/// What a node remembered about a session since it last wrote.
public struct SessionActivity: Hashable, Sendable {
    public let session: ID<Session>
    public let lastActivityAt: Timestamp
    public let confirmed: Confirmation?

    /// The counter that was proven to be in the client's hands, and when.
    public struct Confirmation: Hashable, Sendable {
        public let counter: Counter
        public let at: Timestamp

        public init(counter: Counter, at: Timestamp) {
            self.counter = counter
            self.at = at
        }
    }

    public init(session: ID<Session>, lastActivityAt: Timestamp, confirmed: Confirmation?) {
        self.session = session
        self.lastActivityAt = lastActivityAt
        self.confirmed = confirmed
    }
}

/// A place in the order in which events were committed.
public struct EventPosition: Hashable, Comparable, Sendable {
    /// PostgreSQL's transaction id; 0 on SQLite, which has one writer.
    public let transaction: Int64
    public let row: Int64

    public init(transaction: Int64, row: Int64) {
        self.transaction = transaction
        self.row = row
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.transaction, left.row) < (right.transaction, right.row)
    }
}

public struct PlacedEvent: Sendable {
    public let position: EventPosition
    public let event: Event
    /// HMAC of ``Domain/Event/canonical`` under a key derived from the master key.
    public let mac: [UInt8]

    public init(position: EventPosition, event: Event, mac: [UInt8]) {
        self.position = position
        self.event = event
        self.mac = mac
    }
}

/// Something that other nodes hold in memory and must forget.
public enum Change: Hashable, Sendable {
    case session(ID<Session>, RealmName)
    case user(ID<User>, RealmName)
    /// Roles, permissions or settings of a whole realm.
    case realm(RealmName)
    case signingKeys(RealmName)
    case apiKey(ID<APIKey>, RealmName)
}

/// How far the feed is, and whose word that is.
public struct FeedHead: Hashable, Sendable {
    /// The newest change's place; 0 before the first one.
    public let sequence: Int64
    /// A number that another server, or the same one after its restart, does not have: after a fail-over or from a backup
    /// the feed may be shorter, and continue with other changes under the same places.
    public let server: Int64

    public init(sequence: Int64, server: Int64) {
        self.sequence = sequence
        self.server = server
    }

    /// Whether what was read at `other` may hold less than what was read here. Of different servers nobody can say.
    public func isBehind(_ other: FeedHead) -> Bool { server == other.server && sequence < other.sequence }
}

public struct PlacedChange: Hashable, Sendable {
    public let sequence: Int64
    public let change: Change

    public init(sequence: Int64, change: Change) {
        self.sequence = sequence
        self.change = change
    }
}
