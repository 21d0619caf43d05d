public import Domain
internal import Standards
public import Storage

/// Changes what a permission is called or what it is for; its pair never changes.
public struct ChangePermission: Sendable {
    let parts: FlowParts

    /// What is `nil` stays.
    public struct Input: Sendable {
        public let name: String?
        public let description: String?

        public init(name: String? = nil, description: String? = nil) {
            self.name = name
            self.description = description
        }
    }

    public enum Outcome: Sendable { case done(Permission, changed: Bool), refused(EditRefusal) }

    /// - Parameter version: which the editor looked at, where it matters that nothing has changed since.
    public func callAsFunction(
        _ name: String, _ input: Input, ifVersion version: EditVersion? = nil, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let author = try await parts.recorder.author(actor, in: parts.store)
        let recorder = parts.recorder
        let outcome = try await parts.store.changingAccess(in: realm) { (tx) throws(StoreFault) -> Outcome in
            guard let permission = try tx.permission(called: name, realm: realm) else { return .refused(.notThere) }
            let problems =
                (input.name.map { AccessProblems.permissionName($0, of: permission.pair) } ?? [])
                + (input.description.map { AccessProblems.description($0) } ?? [])
            guard problems.isEmpty else { return .refused(.invalid(problems)) }
            if let refusal = try permission.refusal(ifVersion: version, for: .good, in: realm, by: actor, tx) {
                return .refused(refusal)
            }
            let after = permission.changed(by: input)
            let changes = permission.changes(to: after)
            guard !changes.isEmpty else { return .done(permission, changed: false) }
            if !permission.name.utf8.elementsEqual(after.name.utf8),
                try tx.permission(named: after.name, realm: realm) != nil
            {
                return .refused(.exists(after.name))
            }
            guard try tx.update(after, ifVersion: permission.version) else {
                throw .busy("a permission was changed just now")
            }
            let details: [(String, JSON)] = [
                ("permission", .string(permission.pair.description)), ("changes", .array(changes.map(\.json))),
            ]
            try recorder.draft(.changePermission, realm: realm, by: author, details: details).append(to: tx)
            try tx.announce(.realm(realm))
            return .done(after, changed: true)
        }
        if case .done(_, changed: true)? = outcome { parts.live.invalidate(.realm(realm)) }
        return outcome ?? .refused(.lastAdministrator)
    }
}

/// Deletes a permission, and takes it from everybody who holds it. Holds from the next request on.
public struct DeletePermission: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case deleted(Permission), refused(EditRefusal) }

    public func callAsFunction(
        _ name: String, ifVersion version: EditVersion? = nil, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let author = try await parts.recorder.author(actor, in: parts.store)
        let recorder = parts.recorder
        let outcome = try await parts.store.changingAccess(in: realm) { (tx) throws(StoreFault) -> Outcome in
            guard let permission = try tx.permission(called: name, realm: realm) else { return .refused(.notThere) }
            if let refusal = try permission.refusal(ifVersion: version, for: .moment, in: realm, by: actor, tx) {
                return .refused(refusal)
            }
            guard try tx.delete(permission: permission.id, realm: realm) else { return .refused(.notThere) }
            // Keys have it as a text, which would be good again for another of the same pair.
            try tx.withdraw(permission.pair, fromKeysIn: realm)
            let details: [(String, JSON)] = [
                ("permission", .string(permission.pair.description)), ("name", .string(permission.name)),
            ]
            try recorder.draft(.deletePermission, realm: realm, by: author, details: details).append(to: tx)
            try tx.announce(.realm(realm))
            return .deleted(permission)
        }
        if case .deleted? = outcome { parts.live.invalidate(.realm(realm)) }
        return outcome ?? .refused(.lastAdministrator)
    }
}

extension Permission {
    /// What speaks against a change of it. Its name answers questions, and its end takes something from people: both
    /// are for those who may give it.
    fileprivate func refusal(
        ifVersion version: EditVersion?, for term: GrantTerm, in realm: RealmName, by actor: Actor,
        _ tx: any StoreTransaction
    ) throws(StoreFault) -> EditRefusal? {
        if let problems = editVersion.problems(
            against: version, Permission.editFields, besides: Permission.editedBesides)
        {
            return .changedMeanwhile(problems)
        }
        let authority = try actor.authority(in: realm, tx, for: term)
        if AdminRight.isResource(pair.resource), case .holding = authority { return .protected }
        return authority.mayGive(pair) ? nil : .notHeld
    }

    fileprivate func changed(by input: ChangePermission.Input) -> Permission {
        Permission(
            id: id, realm: realm, name: input.name ?? name, description: input.description ?? description, pair: pair,
            version: version + 1, createdAt: createdAt)
    }

    fileprivate func changes(to other: Permission) -> [RealmDifference] {
        var changes: [RealmDifference] = []
        if !name.utf8.elementsEqual(other.name.utf8) {
            changes.append(RealmDifference(name: "name", from: .string(name), to: .string(other.name)))
        }
        if !description.utf8.elementsEqual(other.description.utf8) {
            changes.append(
                RealmDifference(name: "description", from: .string(description), to: .string(other.description)))
        }
        return changes
    }
}

extension StoreReader {
    /// By name, by pair, or by id.
    func permission(called text: String, realm: RealmName) throws(StoreFault) -> Permission? {
        if let found = try permission(named: text, realm: realm) { return found }
        if let pair = Permission.Pair(granting: text) { return try permission(pair, realm: realm) }
        return try ID<Permission>(text).flatMap { (id) throws(StoreFault) in try permission(id, realm: realm) }
    }
}
