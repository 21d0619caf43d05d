public import Domain

/// A realm that somebody made, or what somebody set for one of the two that always exist.
public struct StoredRealm: Hashable, Sendable {
    public let name: RealmName
    /// A JSON object with only what differs from the server's own settings.
    public let settings: String
    public let isEnabled: Bool
    /// Counts up with each change, so that nobody overwrites what they have not seen.
    public let version: Int64
    public let createdAt: Timestamp
    public let updatedAt: Timestamp

    public init(
        name: RealmName, settings: String, isEnabled: Bool, version: Int64, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.name = name
        self.settings = settings
        self.isEnabled = isEnabled
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// A host under which a realm, or one application of it, is reached. It belongs to one realm only.
public struct RealmHost: Hashable, Sendable {
    /// The authority in lower case, with a port unless it is the scheme's own.
    public let host: String
    public let realm: RealmName
    /// `nil` for the realm's own host.
    public let application: String?

    public init(host: String, realm: RealmName, application: String?) {
        self.host = host
        self.realm = realm
        self.application = application
    }
}

public protocol RealmReader {
    func realm(named name: RealmName) throws(StoreFault) -> StoredRealm?
    /// Sorted by name.
    func realms(after name: RealmName?, limit: Int) throws(StoreFault) -> [StoredRealm]
    func realmHost(_ host: String) throws(StoreFault) -> RealmHost?
    /// Sorted by host.
    func realmHosts(of realm: RealmName) throws(StoreFault) -> [RealmHost]
}

public protocol RealmWriter: RealmReader {
    /// False when the name is taken.
    func insert(_ realm: StoredRealm) throws(StoreFault) -> Bool
    /// Writes the settings and whether it is enabled, and counts the version up. False, and nothing changed, when the
    /// stored version is another.
    func update(_ realm: StoredRealm, ifVersion version: Int64) throws(StoreFault) -> Bool
    /// Replaces all of a realm's hosts. Returns one that another realm has, and then nothing changed.
    func setHosts(of realm: RealmName, to hosts: [RealmHost]) throws(StoreFault) -> RealmHost?
}
