internal import Domain
internal import Standards
internal import Storage

/// The roles that follow from one person's attributes, on their way into the database.
struct RolesByRule: Sendable {
    private let user: ID<User>
    private let sheet: ProfileSheet
    private let wanted: Set<String>
    /// The roles that the change itself makes come or go: only these ask for somebody's authority. What else is due,
    /// because the rules changed before, is the realm's own doing.
    private let moved: Set<String>
    private let giver: RoleGiver
    private let granted: [String: EventDraft]
    private let revoked: [String: EventDraft]

    /// - Parameters:
    ///   - byRule: the roles that a rule gave the person, as far as that was read.
    ///   - draft: the event of one role that is given or taken.
    init(
        _ edit: ProfileEdit, of user: ID<User>, _ sheet: ProfileSheet, _ giver: RoleGiver, byRule: [String],
        _ draft: (Deed, [(String, JSON)]) -> EventDraft
    ) {
        self.user = user
        self.sheet = sheet
        self.giver = giver
        wanted = sheet.rules.assignments.roles(for: sheet.judge(edit.after).fitting)
        moved = wanted.symmetricDifference(sheet.rules.assignments.roles(for: sheet.judge(edit.before).fitting))
        func details(_ role: String) -> [(String, JSON)] {
            [("role", .string(role)), ("to_user", .string(user.text)), ("by_rule", true)]
        }
        var granted: [String: EventDraft] = [:]
        for role in wanted { granted[role] = draft(.grantRole, details(role)) }
        var revoked: [String: EventDraft] = [:]
        for role in byRule where !wanted.contains(role) { revoked[role] = draft(.revokeRole, details(role)) }
        (self.granted, self.revoked) = (granted, revoked)
    }

    /// The first role that the editor must not cause to be given or taken; asked before anything is written.
    func forbidden(_ tx: any StoreTransaction) throws(StoreFault) -> String? {
        for name in moved.sorted() {
            let role = try tx.role(named: name, realm: sheet.realm)
            let isCovered = try giver.covers(name, role, in: sheet.realm, sheet.rules.assignments, tx)
            if !isCovered { return name }
        }
        return nil
    }

    /// The first role that the change makes come or go.
    var firstMoved: String? { moved.min() }

    /// Whether a role may go: then others that change access wait from the transaction's beginning on.
    var mayTake: Bool { !revoked.isEmpty }

    /// Gives and takes. A role that does not exist yet is given when it was made, see ``ProfileSheet/fingerprint(_:)``.
    func carryOut(_ tx: any StoreTransaction) throws(StoreFault) -> Bool {
        var changed = false
        for (name, event) in granted.sorted(by: { $0.key < $1.key }) {
            guard let role = try tx.role(named: name, realm: sheet.realm), try tx.grantByRule(role: role.id, to: user)
            else { continue }
            try event.append(to: tx)
            changed = true
        }
        for (name, event) in revoked.sorted(by: { $0.key < $1.key }) {
            guard let role = try tx.role(named: name, realm: sheet.realm),
                try take(role, tx)
            else { continue }
            try event.append(to: tx)
            changed = true
        }
        return changed
    }

    /// What changed rules would take from whoever alone administers the realm, stays; somebody's own change is refused.
    ///
    /// - Throws: ``StoreFault/nobodyAdministers`` for a change that somebody makes.
    private func take(_ role: Role, _ tx: any StoreTransaction) throws(StoreFault) -> Bool {
        let before = try tx.administratorCount(realm: sheet.realm, besides: nil)
        guard try tx.revokeByRule(role: role.id, from: user) else { return false }
        guard before > 0, try tx.administratorCount(realm: sheet.realm, besides: nil) == 0 else { return true }
        guard case .rules = giver else { throw .nobodyAdministers }
        _ = try tx.grantByRule(role: role.id, to: user)
        return false
    }
}
