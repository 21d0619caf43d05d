public import Domain
public import Storage

/// Shows a profile, as far as whoever asks may see it.
public struct ReadProfile: Sendable {
    let store: any Store
    let recorder: Recorder
    let capabilities: Capabilities

    /// `nil` where there is nobody of that name.
    ///
    /// - Parameter user: an id, an e-mail address or a username.
    public func callAsFunction(
        of user: String, in realm: Realm, by editor: ProfileEditor
    ) async throws(StoreFault) -> Profile? {
        try await profile(of: user, in: realm, for: editor.party)
    }

    /// All that is known, for the person's own copy of it.
    public func everything(of user: ID<User>, in realm: Realm) async throws(StoreFault) -> Profile? {
        try await profile(of: user.text, in: realm, for: nil)
    }

    private func profile(
        of reference: String, in realm: Realm, for party: ProfileParty?
    ) async throws(StoreFault) -> Profile? {
        guard let sheet = ProfileSheet(realm, capabilities) else {
            throw .unexpected("realm \(realm.name) was not opened")
        }
        let found = try await store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) -> ProfileFacts? in
            guard let user = try UserReference(text: reference).find(in: realm.name, reader) else { return nil }
            return try ProfileFacts(of: user, sheet, reader)
        }
        guard let found else { return nil }
        let key = recorder.subjectKeys.open(found.wrappedKey, for: found.user.id, realm: realm.name)
        return sheet.profile(of: found.user, found.stored, key, for: party)
    }
}

/// What is read of one person before anything is decided about the profile.
struct ProfileFacts: Sendable {
    let user: User
    let stored: StoredProfile?
    let wrappedKey: [UInt8]?
    let rules: [UInt8]
    let rolesByRule: [String]

    init(of user: User, _ sheet: ProfileSheet, _ reader: any StoreReader) throws(StoreFault) {
        self.user = user
        stored = try reader.profile(of: user.id, realm: sheet.realm)
        wrappedKey = try reader.subjectKey(of: user.id, realm: sheet.realm)
        rules = try sheet.fingerprint(reader)
        rolesByRule = try reader.rolesByRule(of: user.id, realm: sheet.realm)
    }
}
