internal import Domain
internal import Standards
public import Storage

/// Makes a realm what a file says: settings, permissions, roles and what these give. Doing it again changes nothing.
///
/// What the file does not name stays, but for the realm's settings: those that it leaves out follow the server again.
/// Nothing that a user holds is taken, and no role or permission is deleted.
public struct ApplyRealm: Sendable {
    let change: RealmChange
    /// A transaction holds SQLite's only writer, so a long file is applied in slices. What is left over after a fault is
    /// done when the file is applied again.
    static let slice = 32

    /// - Parameters:
    ///   - isDryRun: whether only to say what would change.
    ///   - version: of the realm that the caller looked at, where it matters to him that nothing has changed since.
    ///   - acceptsMisfits: whether profiles may stay that do not fit the new rules; they are marked.
    public func callAsFunction(
        _ file: RealmFile, isDryRun: Bool, ifVersion version: EditVersion? = nil, acceptsMisfits: Bool = false,
        by actor: Actor
    ) async throws(StoreFault) -> RealmOutcome {
        if file.realm.isReserved, !file.realm.alwaysExists { return .refused(.invalid([.reservedName("realm")])) }
        for _ in 0..<RealmChange.patience {
            let plan = try await plan(file)
            if let problems = RealmDocument.problems(since: version, in: plan.stored) {
                return .refused(.changedMeanwhile(problems))
            }
            var problems = change.base.problems(of: file.realm, plan.document) + plan.problems
            if problems.isEmpty, !acceptsMisfits {
                let before = plan.stored.map(RealmDocument.init) ?? RealmDocument()
                problems = try await change.profiles.problems(of: file.realm, from: before, to: plan.document)
            }
            guard problems.isEmpty else { return .refused(.invalid(problems)) }
            if let above = try await problem(above: actor, plan.steps, in: file.realm) {
                return .refused(.invalid([above]))
            }
            if isDryRun { return try await preview(file.realm, plan) }
            var row = plan.stored
            if plan.isNew || !plan.settings.isEmpty {
                switch try await change.write(plan.document, of: file.realm, over: plan.stored, by: actor) {
                case .done(let written): row = written
                case .refused(.changedMeanwhile): continue
                case .refused(.exists) where version == nil: continue
                case .refused(let refusal): return .refused(refusal)
                case .before: throw .unexpected("a realm was written before, and nobody asked for that")
                }
            }
            try await carryOut(plan.steps, in: file.realm, by: actor)
            if !plan.differences.isEmpty { await change.profiles.settle(file.realm) }
            return .done(change.state(file.realm, row), plan.differences)
        }
        return .refused(.changedMeanwhile([]))
    }

    private func plan(_ file: RealmFile) async throws(StoreFault) -> RealmPlan {
        let standard = file.realm == .system ? nil : StandardRole(in: file.realm, change.recorder, change.capabilities)
        let capabilities = change.capabilities
        return try await change.store.read { (reader) throws(StoreFault) in
            try RealmPlan(file, standard: standard?.role, reader, capabilities)
        }
    }

    /// Operators stand above every realm but their own: there, nobody gives by a file what they could not give by hand.
    private func problem(
        above actor: Actor, _ steps: [RealmStep], in realm: RealmName
    ) async throws(StoreFault) -> FieldProblem? {
        try await change.store.read { (reader) throws(StoreFault) -> FieldProblem? in
            let authority = try actor.authority(in: realm, reader)
            let lasting = try actor.authority(in: realm, reader, for: .good)
            for step in steps where try !step.isWithin(step.gives ? lasting : authority, in: realm, reader) {
                return FieldProblem(
                    field: "roles", code: "not_held",
                    message: "\(step.difference.name): must not be changed by you, who may not do that by hand")
            }
            return nil
        }
    }

    /// Also says so where a host is another realm's by now.
    private func preview(_ name: RealmName, _ plan: RealmPlan) async throws(StoreFault) -> RealmOutcome {
        let hosts = change.base.hosts(of: name, plan.document)
        let taken = try await change.store.read { (reader) throws(StoreFault) -> FieldProblem? in
            try RealmChange.problem(with: hosts, of: name, reader)
        }
        if let taken { return .refused(.invalid([taken])) }
        return .done(change.state(name, plan.stored), plan.differences)
    }

    private func carryOut(
        _ steps: [RealmStep], in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) {
        var rest = steps[...]
        while !rest.isEmpty {
            let slice = rest.prefix(Self.slice).map { ($0, draft(of: $0, in: realm, by: actor)) }
            rest = rest.dropFirst(Self.slice)
            let changed = try await change.store.transaction { (tx) throws(StoreFault) in
                var changed = false
                for (step, event) in slice where try step.run(in: realm, tx) {
                    try event.append(to: tx)
                    changed = true
                }
                if changed { try tx.announce(.realm(realm)) }
                return changed
            }
            if changed { change.live.invalidate(.realm(realm)) }
        }
    }

    private func draft(of step: RealmStep, in realm: RealmName, by actor: Actor) -> EventDraft {
        let (deed, details) = step.deed
        return change.recorder.draft(deed, realm: realm, by: actor, details: details)
    }
}

extension RealmStep {
    /// Whether somebody may hold more after it than before, or a rank lasts by itself.
    fileprivate var gives: Bool {
        switch self {
        case .give, .include, .createRole, .changeRole, .changePermission: true
        case .createPermission, .take, .exclude: false
        }
    }

    /// Whether somebody who holds that may do it; the same rules as where a role or a grant is changed by itself.
    fileprivate func isWithin(
        _ authority: Authority, in realm: RealmName, _ reader: any StoreReader
    ) throws(StoreFault) -> Bool {
        guard case .holding(let own) = authority else { return true }
        switch self {
        case .createPermission: return true
        case .changePermission(let old, _):
            return !AdminRight.isResource(old.pair.resource) && authority.mayGive(old.pair)
        case .createRole(let new):
            let isAdmin = new.name.utf8.elementsEqual(Role.adminName.utf8)
            return authority.reaches(rank: new.rank) && (!isAdmin || own.hasRole(Role.adminName))
        case .changeRole(let old, let new):
            let given = try Self.given(old.name, in: realm, reader)
            let isLessened = old.isProtected(from: authority) && new.rank < old.rank
            return authority.reaches(rank: max(given.rank, new.rank)) && !isLessened
        case .give(let pair, let role), .take(let pair, let role):
            let given = try Self.given(role, in: realm, reader)
            return authority.mayGive(pair) && authority.reaches(rank: given.rank)
        case .include(let other, let role), .exclude(let other, let role):
            let included = try Self.given(other, in: realm, reader)
            let given = try Self.given(role, in: realm, reader)
            return authority.mayGive(included) && authority.reaches(rank: given.rank)
        }
    }

    /// What a role gives; one that the file makes gives what its other steps say.
    private static func given(
        _ name: String, in realm: RealmName, _ reader: any StoreReader
    ) throws(StoreFault) -> Grants {
        if let role = try reader.role(named: name, realm: realm) {
            return try reader.everythingGiven(by: .role(role.id), realm: realm)
        }
        let isAdmin = name.utf8.elementsEqual(Role.adminName.utf8)
        return isAdmin ? Grants(roles: [name], permissions: [], rank: Role.standardRank(of: name)) : .none
    }

    /// False where nothing changed, because somebody else was faster.
    fileprivate func run(in realm: RealmName, _ tx: any StoreTransaction) throws(StoreFault) -> Bool {
        switch self {
        case .createPermission(let new): return try tx.insert(new)
        case .changePermission(_, let new): return try tx.update(new)
        case .createRole(let new): return try tx.insert(new)
        case .changeRole(let old, let new): return try tx.update(new, ifVersion: old.version)
        case .give(let pair, let name):
            guard let role = try tx.role(named: name, realm: realm),
                let permission = try tx.permission(pair, realm: realm)
            else { return false }
            return try tx.grant(permission: permission.id, to: role.id)
        case .take(let pair, let name):
            guard let role = try tx.role(named: name, realm: realm),
                let permission = try tx.permission(pair, realm: realm)
            else { return false }
            return try tx.revoke(permission: permission.id, from: role.id)
        case .include(let included, let name):
            try tx.lockAccess(realm: realm)
            guard let role = try tx.role(named: name, realm: realm),
                let other = try tx.role(named: included, realm: realm), role.id != other.id,
                try !tx.reaches(from: .role(other.id), to: .role(role.id), realm: realm)
            else { return false }
            return try tx.give(.role(other.id), to: .role(role.id), until: nil, realm: realm)
        case .exclude(let included, let name):
            try tx.lockAccess(realm: realm)
            guard let role = try tx.role(named: name, realm: realm),
                let other = try tx.role(named: included, realm: realm)
            else { return false }
            let before = try tx.administratorCount(realm: realm, besides: nil)
            guard try tx.take(.role(other.id), from: .role(role.id), realm: realm) else { return false }
            guard before > 0, try tx.administratorCount(realm: realm, besides: nil) == 0 else { return true }
            // Whoever alone administers the realm stays, whatever a file says.
            _ = try tx.give(.role(other.id), to: .role(role.id), until: nil, realm: realm)
            return false
        }
    }

    fileprivate var deed: (Deed, [(String, JSON)]) {
        switch self {
        case .createPermission(let new):
            (.createPermission, [("name", .string(new.name)), ("permission", .string(new.pair.description))])
        case .changePermission(_, let new):
            (
                .changePermission,
                [("permission", .string(new.pair.description)), ("changes", .array([difference.json]))]
            )
        case .createRole(let new): (.createRole, [("role", .string(new.name))])
        case .changeRole(_, let new):
            (.changeRole, [("role", .string(new.name)), ("changes", .array([difference.json]))])
        case .give(let pair, let role):
            (.grantPermission, [("permission", .string(pair.description)), ("to_role", .string(role))])
        case .take(let pair, let role):
            (.revokePermission, [("permission", .string(pair.description)), ("to_role", .string(role))])
        case .include(let included, let role):
            (.includeRole, [("role", .string(included)), ("to_role", .string(role))])
        case .exclude(let included, let role):
            (.excludeRole, [("role", .string(included)), ("to_role", .string(role))])
        }
    }
}
