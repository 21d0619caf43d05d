internal import Domain
internal import Standards
internal import Storage

/// How attributes of a realm are read from a file: an operator may write all of them, also those that only their owner may
/// otherwise, and none must be there.
struct ImportedProfiles: Sendable {
    private let sheet: ProfileSheet?
    private let rules: ProfileRules
    private let recorder: Recorder

    init(_ realm: Realm, _ recorder: Recorder, _ capabilities: Capabilities) {
        sheet = ProfileSheet(realm, capabilities)
        var rules = realm.rules.profile
        rules.attributes = rules.attributes.map { attribute in
            ProfileAttribute(
                name: attribute.name, type: attribute.type, requirement: attribute.requirement,
                isUnique: attribute.isUnique, uniqueWith: attribute.uniqueWith, isMasked: attribute.isMasked,
                readers: attribute.readers, writers: attribute.writers.union([.admin]))
        }
        self.rules = rules
        self.recorder = recorder
    }

    /// Every problem of every attribute at once.
    func problems(of user: ImportedUser) -> [ImportProblem] {
        guard case .failure(let problems) = edit(user) else { return [] }
        return problems.list.map { ImportProblem($0, line: user.line) }
    }

    /// The attributes of one row that somebody else has to himself.
    func taken(_ user: ImportedUser, _ reader: any StoreReader) throws(StoreFault) -> [FieldProblem] {
        guard let sheet, !user.row.attributes.isEmpty, case .success(let edit) = edit(user) else { return [] }
        return try sheet.uniqueValues(edit.after).taken(besides: nil, realm: sheet.realm, reader).map(
            FieldProblem.taken)
    }

    /// `nil` for a row without attributes.
    func draft(of user: ImportedUser, id: ID<User>, key: SubjectKey) -> ProfileDraft? {
        guard let sheet, !user.row.attributes.isEmpty,
            case .success(let checked) = ProfileDraft.check(json(user), rules, by: .admin, on: .change)
        else { return nil }
        return ProfileDraft(checked, for: id, key: key, sheet, giver: .rules) { deed, details in
            recorder.draft(
                deed, realm: sheet.realm, confirmedBy: "cli", source: .local, details: details, personal: [])
        }
    }

    private func edit(_ user: ImportedUser) -> Result<ProfileEdit, ProfileEdit.Problems> {
        ProfileEdit.read(json(user), over: [:], rules, by: .admin, on: .change)
    }

    /// In a table everything is text; numbers and truth values are told by the attribute they are for.
    private func json(_ user: ImportedUser) -> JSON {
        .object(
            user.row.attributes.map { member in
                guard let text = member.value.string else { return member }
                switch rules.attribute(member.name)?.type {
                case .integer, .boolean: return JSON.Member(member.name, (try? JSON.parse(text)) ?? member.value)
                default: return member
                }
            })
    }
}

extension ImportRow {
    private static let prefix = "attributes."

    /// An object under `attributes`, or fields such as `attributes.cpf`, which is how tables say it.
    var attributes: [JSON.Member] {
        var members: [JSON.Member] = []
        for field in fields {
            if field.name.utf8.elementsEqual("attributes".utf8) {
                members += Self.object(field.value)?.members ?? []
            } else if Self.isAttribute(field.name), field.name.utf8.count > Self.prefix.utf8.count {
                if case .string("") = field.value { continue }
                let name = String(decoding: field.name.utf8.dropFirst(Self.prefix.utf8.count), as: UTF8.self)
                members.append(JSON.Member(name, field.value))
            }
        }
        return members
    }

    /// Whether a field's name is one of a realm's own attributes, or of all of them.
    public static func isAttribute(_ name: String) -> Bool {
        name.utf8.elementsEqual("attributes".utf8) || name.utf8.starts(with: prefix.utf8)
    }

    /// The object itself, or the one that a text holds.
    private static func object(_ value: JSON) -> JSON? {
        guard let text = value.string else { return value }
        return try? JSON.parse(text)
    }
}
