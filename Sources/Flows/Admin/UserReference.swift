internal import Domain
internal import Storage

/// Names a user as an operator does: by id, e-mail address or username.
struct UserReference: Sendable {
    let text: String

    func find(in realm: RealmName, _ reader: any StoreReader) throws(StoreFault) -> User? {
        if let id = ID<User>(text) { return try reader.user(id, realm: realm) }
        return try LoginName(text).find(in: realm, reader)
    }
}
