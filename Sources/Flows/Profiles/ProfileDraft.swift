internal import Domain
internal import Standards
internal import Storage

/// The attributes of an account that is about to exist: checked, sealed, and ready for the transaction that makes it.
struct ProfileDraft: Sendable {
    private let edit: ProfileEdit
    private let sheet: ProfileSheet
    private let user: ID<User>
    private let unique: [UniqueValue]
    private let sealed: [UInt8]
    private let roles: RolesByRule

    /// Attributes without anything wrong, as far as that can be told without the database. What may wait for a while,
    /// until the person has proved something: ``json`` gives the same when it is checked again.
    struct Checked: Sendable {
        fileprivate let values: ProfileValues

        static let none = Checked(values: [:])

        var isEmpty: Bool { values.isEmpty }
        var json: JSON {
            .object(values.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value.json) })
        }
    }

    /// Every problem of every attribute at once, in fields such as `attributes.cpf`.
    ///
    /// - Parameter attributes: an object; `nil` where nothing was given, which is a problem where something must be.
    static func check(
        _ attributes: JSON?, _ rules: ProfileRules, by party: ProfileParty, on occasion: ProfileEdit.Occasion
    ) -> Result<Checked, ProfileEdit.Problems> {
        let given: JSON = if case .null? = attributes { .object([]) } else { attributes ?? .object([]) }
        return ProfileEdit.read(given, over: [:], rules, by: party, on: occasion).map { Checked(values: $0.after) }
    }

    /// - Parameters:
    ///   - key: of the user about to exist; the attributes are sealed under it.
    ///   - draft: the event of one role that a rule gives.
    init(
        _ checked: Checked, for user: ID<User>, key: SubjectKey, _ sheet: ProfileSheet, giver: RoleGiver,
        _ draft: (Deed, [(String, JSON)]) -> EventDraft
    ) {
        edit = ProfileEdit(before: [:], after: checked.values)
        self.sheet = sheet
        self.user = user
        unique = sheet.uniqueValues(checked.values)
        sealed = sheet.seal(checked.values, of: user, under: key)
        roles = RolesByRule(edit, of: user, sheet, giver, byRule: [], draft)
    }

    /// The names, for the event of the account's making.
    var names: [String] { edit.changed }

    /// What keeps the account from being made: asked before anything of it is written.
    func problems(_ tx: any StoreTransaction) throws(StoreFault) -> [FieldProblem] {
        if let role = try roles.forbidden(tx) { return edit.problems(above: role, sheet.rules) }
        return try unique.taken(besides: nil, realm: sheet.realm, tx).map(FieldProblem.taken)
    }

    /// Writes attributes, unique values and roles, once the user's row is there.
    ///
    /// - Throws: ``Storage/StoreFault/busy(_:)`` with ``ChangeProfile/lostRace`` where somebody else took a unique value
    ///   just now; tried again, ``problems(_:)`` says so.
    func append(to tx: any StoreTransaction) throws(StoreFault) {
        guard !edit.changed.isEmpty else { return }
        let row = StoredProfile(
            user: user, realm: sheet.realm, version: 1, sealed: sealed, rules: try sheet.fingerprint(tx),
            state: sheet.state(of: edit.after))
        guard try tx.write(row, ifVersion: 0) else { throw .constraint("a new user has a profile already") }
        guard try tx.setUniqueValues(of: user, realm: sheet.realm, to: unique).isEmpty else {
            throw .busy(ChangeProfile.lostRace)
        }
        _ = try roles.carryOut(tx)
    }
}
