internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// A realm's users as a table of comma-separated values that is made while it is read: a million of them cost the memory of
/// one page.
public struct ExportUserList: Sendable {
    let parts: FlowParts
    let list: ListUsers

    /// How many users are read at once.
    static let page = 200

    /// The raw values are the table's head, and public contract.
    public enum Column: String, CaseIterable, Sendable {
        case id
        case number
        case username
        case email
        case emailVerifiedAt = "email_verified_at"
        case active
        case bannedUntil = "banned_until"
        case deactivatedAt = "deactivated_at"
        case lastSignInAt = "last_sign_in_at"
        case language
        case createdAt = "created_at"
    }

    public enum Outcome: Sendable {
        case table(UserTable)
        case noSuchRole
        case prefixNeedsOrder
    }

    /// - Parameter hasAttributes: whether the attributes that administrators read stand behind the columns; those that the
    ///   realm marked are masked.
    public func callAsFunction(
        _ filter: ListUsers.Filter, _ order: UserOrder, columns: [Column], hasAttributes: Bool, in realm: Realm,
        by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        // What is wrong with the question is said before anything is sent.
        switch try await list(filter, in: realm.name, order, limit: 1) {
        case .page, .wrongCursor: break
        case .noSuchRole: return .noSuchRole
        case .prefixNeedsOrder: return .prefixNeedsOrder
        }
        var sheet: ProfileSheet?
        if hasAttributes {
            guard let read = ProfileSheet(realm, parts.capabilities) else {
                throw .unexpected("realm \(realm.name) was not opened")
            }
            sheet = read
        }
        let draft = try await parts.recorder.draft(
            .exportUserList, realm: realm.name, by: actor,
            details: [
                ("columns", .array(columns.map { .string($0.rawValue) })), ("attributes", .bool(hasAttributes)),
                ("filters", .array(filter.names.map { .string($0) })),
            ], in: parts.store)
        try await parts.store.transaction { (tx) throws(StoreFault) in try draft.append(to: tx) }
        return .table(
            UserTable(parts: parts, list: list, realm: realm.name, filter, order, columns: columns, sheet: sheet))
    }
}

/// A table on its way to its reader, page by page.
public final class UserTable: Sendable {
    private enum Place: Sendable {
        case head
        case users(after: UserCursor?)
        case done
    }

    /// Stands alone in the last record of a table that a failing database broke off.
    public static let brokenOff = "#incomplete"

    private let parts: FlowParts
    private let list: ListUsers
    private let realm: RealmName
    private let filter: ListUsers.Filter
    private let order: UserOrder
    private let columns: [ExportUserList.Column]
    private let sheet: ProfileSheet?
    private let attributes: [ProfileAttribute]
    private let place = Lock(Place.head)

    init(
        parts: FlowParts, list: ListUsers, realm: RealmName, _ filter: ListUsers.Filter, _ order: UserOrder,
        columns: [ExportUserList.Column], sheet: ProfileSheet?
    ) {
        self.parts = parts
        self.list = list
        self.realm = realm
        self.filter = filter
        self.order = order
        self.columns = columns
        self.sheet = sheet
        attributes = sheet?.rules.kept.filter { $0.readers.contains(.admin) } ?? []
    }

    /// The next piece, or `nil` after the end. It may be empty. Asked by one reader.
    public func next() async -> [UInt8]? {
        let place = place.withLock { $0 }
        switch place {
        case .done: return nil
        case .head:
            go(to: .users(after: nil))
            return CSVText.record(columns.map(\.rawValue) + attributes.map { "attributes.\($0.name)" })
        case .users(let cursor):
            do throws(StoreFault) { return try await users(after: cursor) } catch {
                parts.capabilities.report(SystemEvent(.warning, "user_export_broken_off", "the \(error)"))
                go(to: .done)
                return CSVText.record([Self.brokenOff])
            }
        }
    }

    private func go(to next: Place) { place.withLock { $0 = next } }

    private func users(after cursor: UserCursor?) async throws(StoreFault) -> [UInt8]? {
        let outcome = try await list(filter, in: realm, order, after: cursor, limit: ExportUserList.page)
        guard case .page(let page) = outcome else {
            // The role was deleted meanwhile: nobody holds it.
            go(to: .done)
            return nil
        }
        go(to: page.next.map { .users(after: $0) } ?? .done)
        let profiles = try await profiles(of: page.users)
        var bytes: [UInt8] = []
        for (place, user) in page.users.enumerated() {
            let profile = profiles.isEmpty ? nil : profiles[place]
            bytes += CSVText.record(columns.map { $0.text(of: user) } + attributes.map { shown($0, profile) })
        }
        return bytes
    }

    private func shown(_ attribute: ProfileAttribute, _ profile: Profile?) -> String {
        guard let entry = profile?.entries.first(where: { $0.attribute.name == attribute.name }) else { return "" }
        return attribute.isMasked ? entry.masked : entry.shown
    }

    private func profiles(of users: [User]) async throws(StoreFault) -> [Profile] {
        guard let sheet, !attributes.isEmpty else { return [] }
        let name = realm
        let found = try await parts.store.read(in: .realm(name)) { (reader) throws(StoreFault) in
            var found: [(StoredProfile?, [UInt8]?)] = []
            for user in users {
                found.append(
                    (
                        try reader.profile(of: user.id, realm: name), try reader.subjectKey(of: user.id, realm: name)
                    ))
            }
            return found
        }
        return zip(users, found).map { user, row in
            sheet.profile(
                of: user, row.0, parts.recorder.subjectKeys.open(row.1, for: user.id, realm: name), for: .admin)
        }
    }
}

extension ExportUserList.Column {
    fileprivate func text(of user: User) -> String {
        func time(_ time: Timestamp?) -> String { time?.iso8601 ?? "" }
        return switch self {
        case .id: user.id.text
        case .number: "\(user.number)"
        case .username: user.username.text
        case .email: user.email.text
        case .emailVerifiedAt: time(user.emailVerifiedAt)
        case .active: user.isActive ? "true" : "false"
        case .bannedUntil: time(user.bannedUntil)
        case .deactivatedAt: time(user.deactivatedAt)
        case .lastSignInAt: time(user.lastSignInAt)
        case .language: user.language?.rawValue ?? ""
        case .createdAt: user.createdAt.iso8601
        }
    }
}
