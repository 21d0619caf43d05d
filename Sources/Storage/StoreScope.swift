public import Domain

/// Whose rows a transaction may see and change, as the database itself holds it to.
///
/// Every query names its realm; on PostgreSQL policies on the tables see to it once more, so that a query that forgets
/// to crosses no realm either. SQLite has no such guard.
public struct StoreScope: Hashable, Sendable {
    /// `nil` for what is above realms.
    public let realm: RealmName?

    /// What is above realms: the feed, the directory of realms, keys, maintenance.
    public static let server = StoreScope(realm: nil)
    /// One realm's rows, and what belongs to none.
    public static func realm(_ name: RealmName) -> StoreScope { StoreScope(realm: name) }

    /// What the policies compare with: a realm's name, or a star, which none has.
    package var text: String { realm?.text ?? "*" }
}
