/// People, programs and other groups that hold something together.
public struct Group: Sendable {
    public let id: ID<Group>
    public let realm: RealmName
    /// As in ``AccessName``; unique per realm.
    public let name: String
    public let description: String
    /// Counts up with each change of the group or its members.
    public let version: Int64
    public let createdAt: Timestamp

    public init(
        id: ID<Group>, realm: RealmName, name: String, description: String, version: Int64 = 1, createdAt: Timestamp
    ) {
        self.id = id
        self.realm = realm
        self.name = name
        self.description = description
        self.version = version
        self.createdAt = createdAt
    }
}
