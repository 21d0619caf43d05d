public import Domain
public import Storage

/// A realm's users in outline, for a comparison with another store.
public struct OutlineUsers: Sendable {
    let store: any Store

    /// Users whose number is greater; `next` is `nil` at the end.
    public func callAsFunction(
        in realm: RealmName, after number: Int64, limit: Int
    ) async throws(StoreFault) -> (users: [UserOutline], next: Int64?) {
        let users = try await store.read(in: .realm(realm)) { (reader) throws(StoreFault) in
            try reader.outlines(realm: realm, after: number, limit: limit)
        }
        return (users, users.count < limit ? nil : users.last?.number)
    }
}
