public import Domain
internal import Standards
public import Storage

/// Gives a realm's users back with everything that is known, their passwords' hashes included.
public struct ExportUsers: Sendable {
    let store: any Store
    let recorder: Recorder
    let capabilities: Capabilities

    /// Users whose number is greater, as rows that an import reads again; `next` is `nil` at the end.
    public func callAsFunction(
        in realm: Realm, after number: Int64, limit: Int
    ) async throws(StoreFault) -> (rows: [ImportRow], next: Int64?) {
        let keepsAttributes = !realm.rules.profile.kept.isEmpty
        let (portraits, profiles) = try await store.read(in: .realm(realm.name)) {
            (reader) throws(StoreFault) -> ([UserPortrait], [ID<User>: Sealed]) in
            let portraits = try reader.portraits(realm: realm.name, after: number, limit: limit)
            var profiles: [ID<User>: Sealed] = [:]
            for portrait in keepsAttributes ? portraits : [] {
                guard let profile = try reader.profile(of: portrait.user.id, realm: realm.name) else { continue }
                let key = try reader.subjectKey(of: portrait.user.id, realm: realm.name)
                profiles[portrait.user.id] = Sealed(profile: profile, key: key)
            }
            return (portraits, profiles)
        }
        let sheet = ProfileSheet(realm, capabilities)
        let rows = portraits.map { portrait in
            portrait.row(profiles[portrait.user.id].flatMap { attributes($0, sheet, realm.name) })
        }
        return (rows, portraits.count < limit ? nil : portraits.last?.user.number)
    }

    private struct Sealed: Sendable {
        let profile: StoredProfile
        let key: [UInt8]?
    }

    private func attributes(_ sealed: Sealed, _ sheet: ProfileSheet?, _ realm: RealmName) -> JSON? {
        let user = sealed.profile.user
        let key = recorder.subjectKeys.open(sealed.key, for: user, realm: realm)
        let values = sheet?.open(sealed.profile.sealed, of: user, under: key) ?? [:]
        guard !values.isEmpty else { return nil }
        return .object(values.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value.json) })
    }

    /// Written before anything is given away.
    public func begin(in realm: RealmName) async throws(StoreFault) {
        let draft = recorder.draft(.exportUsers, realm: realm, confirmedBy: "cli", source: .local)
        try await store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in try draft.append(to: tx) }
    }
}

extension UserPortrait {
    /// Every field that ``ImportField`` names; what is not known is left out.
    fileprivate func row(_ attributes: JSON?) -> ImportRow {
        var fields: [(ImportField, JSON)] = [
            (.id, .string(user.id.text)), (.number, .integer(user.number)), (.username, .string(user.username.text)),
            (.email, .string(user.email.text)), (.active, .bool(user.isActive)),
            (.createdAt, .string(user.createdAt.iso8601)), (.updatedAt, .string(user.updatedAt.iso8601)),
            (.roles, .array(roles.map { .string($0) })),
            (.permissions, .array(permissions.map { .string($0.description) })),
            (.appMetadata, .verbatim(user.appMetadata)), (.userMetadata, .verbatim(user.userMetadata)),
        ]
        let times: [(ImportField, Timestamp?)] = [
            (.emailVerifiedAt, user.emailVerifiedAt), (.bannedUntil, user.bannedUntil),
            (.deactivatedAt, user.deactivatedAt), (.lastSignInAt, user.lastSignInAt),
        ]
        fields += times.compactMap { field, time in time.map { (field, .string($0.iso8601)) } }
        if let language = user.language { fields.append((.language, .string(language.rawValue))) }
        if let password {
            fields.append((.passwordHash, .string(String(decoding: password.hash.exposed, as: UTF8.self))))
        }
        let named = fields.map { ImportRow.Field(name: $0.0.rawValue, value: $0.1) }
        return ImportRow(
            line: 0, fields: named + (attributes.map { [ImportRow.Field(name: "attributes", value: $0)] } ?? []))
    }
}

extension JSON {
    /// What the database keeps as text; it was an object when it was written.
    fileprivate static func verbatim(_ text: String) -> JSON { (try? JSON.parse(text)) ?? .object([]) }
}
