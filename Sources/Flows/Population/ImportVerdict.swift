internal import Domain
internal import Storage

/// What is to become of one row, given who is there: the same rule for an import and for its rehearsal.
enum ImportVerdict {
    case create(Username)
    case update(KnownUser, Username)
    case unchanged
    /// The person is here already, and stays as he is.
    case skip
    case refuse(field: ImportField, code: String)

    static func of(_ user: ImportedUser, known: KnownPeople, onConflict: ImportUsers.Conflict) -> ImportVerdict {
        let byEmail = known.byEmail[user.email.key]
        let byID = user.id.flatMap { known.byID[$0] }
        if let byID, byID.realm != known.realm { return .refuse(field: .id, code: "id_taken") }
        // Whoever has the address under another id is somebody else as long as the row says who it means.
        if let byEmail, user.id != nil, byEmail.id != byID?.id { return .refuse(field: .email, code: "email_taken") }
        if let person = byID ?? byEmail {
            if person.importDigest == user.digest { return .unchanged }
            guard onConflict == .update else { return .skip }
            guard let username = user.username else { return .update(person, person.username) }
            if let holder = known.byName[username.key], holder.id != person.id {
                return .refuse(field: .username, code: "username_taken")
            }
            return .update(person, username)
        }
        guard let name = user.candidates.first(where: { known.byName[$0.key] == nil && !known.given.contains($0.key) })
        else { return .refuse(field: .username, code: "username_taken") }
        return .create(name)
    }
}

/// Who has the ids, names and addresses that some rows speak of.
struct KnownPeople {
    let realm: RealmName
    private(set) var byID: [ID<User>: KnownUser] = [:]
    private(set) var byName: [String: KnownUser] = [:]
    private(set) var byEmail: [String: KnownUser] = [:]
    /// Names that rows of the same slice got.
    var given: Set<String> = []

    init(_ users: [KnownUser], realm: RealmName) {
        self.realm = realm
        for user in users {
            byID[user.id] = user
            guard user.realm == realm else { continue }
            byName[user.username.key] = user
            byEmail[user.email.key] = user
        }
    }
}
