public import Domain
internal import Standards
public import Storage

/// What is given to whom, or taken away.
public struct GrantChange: Hashable, Sendable {
    public let held: HeldName
    public let holder: HolderName
    /// From then on it is as if it had not been given; `nil` for good.
    public let until: Timestamp?

    public init(_ held: HeldName, to holder: HolderName, until: Timestamp? = nil) {
        self.held = held
        self.holder = holder
        self.until = until
    }

    public static func roleToUser(role: String, user: String) -> GrantChange {
        GrantChange(.role(role), to: .user(user))
    }

    public static func permissionToUser(permission: String, user: String) -> GrantChange {
        GrantChange(.permission(permission, instance: nil), to: .user(user))
    }

    public static func permissionToRole(permission: String, role: String) -> GrantChange {
        GrantChange(.permission(permission, instance: nil), to: .role(role))
    }
}

/// Gives or takes a role, a permission or a membership, or lets a role include another. Holds from the next request on;
/// idempotent. Everything is judged in the transaction, one change of a realm after the other.
public struct ChangeGrant: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case done(changed: Bool), refused(Refusal) }

    /// The raw values are public contract.
    public enum Refusal: String, CaseIterable, Sendable {
        case noSuchUser = "no_such_user"
        case noSuchKey = "no_such_key"
        case noSuchGroup = "no_such_group"
        case noSuchRole = "no_such_role"
        case noSuchPermission = "no_such_permission"
        /// It stands above whoever does it.
        case aboveOwnRank = "above_own_rank"
        /// Whoever does it does not hold it, or not for that long.
        case notHeld = "not_held"
        /// A role would include itself, or a group be a member of itself, by whatever way.
        case cycle
        /// Nobody would be left who administers the realm.
        case lastAdministrator = "last_administrator"
        /// A role is held, and a permission on one thing given, by users, keys and groups; membership has no instance.
        case impossible
        case badInstance = "bad_instance"
        /// It would end before it began.
        case overAlready = "over_already"
        /// Only members of an organisation, and its own groups, are members of its groups.
        case notOfOrganisation = "not_of_organisation"
    }

    public func callAsFunction(
        _ change: GrantChange, isGrant: Bool, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        if let refusal = change.mistake { return .refused(refusal) }
        let make: @Sendable (Permission.Pair) -> Permission = { pair in
            Permission(
                id: parts.capabilities.id(Permission.self), realm: realm, name: pair.description, description: "",
                pair: pair, createdAt: parts.capabilities.now())
        }
        let found = try await parts.store.read {
            (reader) throws(StoreFault) -> (FoundHolder?, FoundHeld?, own: [UInt8]?, now: Timestamp) in
            let holder = try change.holder.find(in: realm, reader)
            return (
                holder, try change.held.find(in: realm, reader, make: make),
                try actor.subjectKey(besides: holder?.user?.id ?? .nobody, reader), reader.now
            )
        }
        guard let holder = found.0 else { return .refused(change.holder.missing) }
        guard let held = found.1 else { return .refused(change.held.missing) }
        if isGrant, let until = change.until, until <= found.now { return .refused(.overAlready) }
        let draft = draft(change, isGrant: isGrant, holder, held, in: realm, by: actor, found.own)
        let touched = holder.user.map { Change.user($0.id, realm) } ?? .realm(realm)
        let outcome = try await parts.store.changingAccess(in: realm) { (tx) throws(StoreFault) -> Outcome in
            let term = isGrant ? GrantTerm(until: change.until) : .moment
            if let refusal = try refusal(holder, held, isGrant: isGrant, for: term, in: realm, by: actor, tx) {
                return .refused(refusal)
            }
            guard try apply(change, isGrant: isGrant, holder, held, in: realm, tx) else { return .done(changed: false) }
            try tx.noteChange(of: holder.holder)
            try draft.append(to: tx)
            try tx.announce(touched)
            return .done(changed: true)
        }
        if case .done(changed: true) = outcome { parts.live.invalidate(touched) }
        return outcome ?? .refused(.lastAdministrator)
    }

    private func apply(
        _ change: GrantChange, isGrant: Bool, _ holder: FoundHolder, _ held: FoundHeld, in realm: RealmName,
        _ tx: any StoreTransaction
    ) throws(StoreFault) -> Bool {
        guard isGrant else { return try tx.take(held.held, from: holder.holder, realm: realm) }
        if let permission = held.toMake { _ = try tx.insert(permission) }
        return try tx.give(held.held, to: holder.holder, until: change.until, realm: realm)
    }

    /// What speaks against it, by what both sides and the actor hold now.
    private func refusal(
        _ holder: FoundHolder, _ held: FoundHeld, isGrant: Bool, for term: GrantTerm, in realm: RealmName,
        by actor: Actor, _ tx: any StoreTransaction
    ) throws(StoreFault) -> Refusal? {
        let present = try actor.authority(in: realm, tx)
        guard present.reaches(rank: try tx.rank(of: holder.holder, realm: realm)) else { return .aboveOwnRank }
        let authority = try actor.authority(in: realm, tx, for: term)
        switch held.held {
        case .permission(_, let instance):
            guard let pair = held.pair, authority.mayGive(pair, on: instance) else { return .notHeld }
        case .role(let id):
            let given = try tx.everythingGiven(by: .role(id), realm: realm)
            guard authority.reaches(rank: given.rank) else { return .aboveOwnRank }
            guard authority.mayGive(given) else { return .notHeld }
            if isGrant, case .role(let own) = holder.holder {
                // Whoever holds the role comes to stand as high as what it includes.
                let comesBack = try tx.reaches(from: .role(id), to: holder.holder, realm: realm)
                if own == id || comesBack { return .cycle }
            }
        case .group(let id):
            let given = try tx.everythingGiven(by: .group(id), realm: realm)
            guard authority.reaches(rank: given.rank) else { return .aboveOwnRank }
            guard authority.mayGive(given) else { return .notHeld }
            if isGrant, !(try tx.mayJoin(holder.holder, id, realm: realm)) { return .notOfOrganisation }
            if isGrant, case .group(let own) = holder.holder {
                let comesBack = try tx.reaches(from: .group(id), to: holder.holder, realm: realm)
                if own == id || comesBack { return .cycle }
            }
        }
        return nil
    }

    private func draft(
        _ change: GrantChange, isGrant: Bool, _ holder: FoundHolder, _ held: FoundHeld, in realm: RealmName,
        by actor: Actor, _ ownKey: [UInt8]?
    ) -> EventDraft {
        var details: [(String, JSON)] = []
        let deed: Deed
        switch (change.held, change.holder) {
        case (.role, .role):
            deed = isGrant ? .includeRole : .excludeRole
            details.append(("role", .string(held.label)))
        case (.role, _):
            deed = isGrant ? .grantRole : .revokeRole
            details.append(("role", .string(held.label)))
        case (.permission(_, let instance), _):
            deed = isGrant ? .grantPermission : .revokePermission
            details.append(("permission", .string(held.label)))
            if let instance { details.append(("instance", .string(instance))) }
        case (.group, _):
            deed = isGrant ? .addMember : .removeMember
            details.append(("group", .string(held.label)))
        }
        details.append(("to_\(change.holder.kind)", .string(holder.label)))
        if isGrant, let until = change.until { details.append(("until", .string(until.iso8601))) }
        return parts.recorder.draft(
            deed, realm: realm, actor: actor.person?.id, confirmedBy: actor.confirmedBy, source: actor.source,
            details: details + actor.credential,
            personal: actor.parts(aboutUser: holder.user?.person, holder.wrappedKey, ownKey, parts.recorder))
    }
}

extension GrantChange {
    /// What is wrong with it whatever the database says.
    fileprivate var mistake: ChangeGrant.Refusal? {
        switch (held, holder) {
        // What a role gives, it gives to everybody who holds it.
        case (.group, .role): return .impossible
        case (.permission(let name, let instance?), _):
            guard AccessName.isValidInstance(instance) else { return .badInstance }
            guard let pair = Permission.Pair(granting: name), pair.resource != Permission.Pair.anything else {
                return nil
            }
            return instance.utf8.starts(with: "\(pair.resource)/".utf8) ? nil : .badInstance
        default: return nil
        }
    }
}

extension HolderName {
    fileprivate var missing: ChangeGrant.Refusal {
        switch self {
        case .user: .noSuchUser
        case .key: .noSuchKey
        case .group: .noSuchGroup
        case .role: .noSuchRole
        }
    }
}

extension HeldName {
    fileprivate var missing: ChangeGrant.Refusal {
        switch self {
        case .group: .noSuchGroup
        case .role: .noSuchRole
        case .permission: .noSuchPermission
        }
    }
}
