public import Domain
public import Storage

/// A user with what he holds, for operators.
public struct UserDetail: Sendable {
    public let user: User
    public let grants: Grants
}

/// Looks a user up by id, e-mail address or username; `nil` when there is none.
public struct ShowUser: Sendable {
    let store: any Store

    public func callAsFunction(_ reference: String, in realm: RealmName) async throws(StoreFault) -> UserDetail? {
        try await store.read(in: .realm(realm)) { (reader) throws(StoreFault) in
            guard let user = try UserReference(text: reference).find(in: realm, reader) else { return nil }
            return UserDetail(user: user, grants: try reader.grants(of: user.id, realm: realm))
        }
    }
}
