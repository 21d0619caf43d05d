public import Domain
internal import Standards
public import Storage

/// What is given or taken away.
public enum GrantChange: Sendable {
    case roleToUser(role: String, user: String)
    case permissionToUser(permission: String, user: String)
    case permissionToRole(permission: String, role: String)
}

/// Gives or takes a role or a permission. Holds from the next request on; idempotent.
public struct ChangeGrant: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions

    public enum Outcome: Sendable { case done(changed: Bool), refused(Refusal) }
    public enum Refusal: String, CaseIterable, Sendable {
        case noSuchUser = "no_such_user"
        case noSuchRole = "no_such_role"
        case noSuchPermission = "no_such_permission"
    }

    /// The rows that a change names.
    private enum Resolved: Sendable {
        case roleToUser(Role, User, wrappedKey: [UInt8]?)
        case permissionToUser(Permission, User, wrappedKey: [UInt8]?)
        case permissionToRole(Permission, Role)
        case refused(Refusal)
    }

    public func callAsFunction(
        _ change: GrantChange, isGrant: Bool, in realm: RealmName, by source: Source
    ) async throws(StoreFault) -> Outcome {
        let resolved = try await store.read { (reader) throws(StoreFault) in try resolve(change, in: realm, reader) }
        if case .refused(let refusal) = resolved { return .refused(refusal) }
        let draft = draft(resolved, isGrant: isGrant, realm: realm, source: source)
        let touched: Change = touched(by: resolved, in: realm)
        let changed = try await store.transaction { (tx) throws(StoreFault) in
            guard try apply(resolved, isGrant: isGrant, tx) else { return false }
            try draft.append(to: tx)
            try tx.announce(touched)
            return true
        }
        if changed { live.invalidate(touched) }
        return .done(changed: changed)
    }

    private func resolve(
        _ change: GrantChange, in realm: RealmName, _ reader: any StoreReader
    ) throws(StoreFault) -> Resolved {
        func permission(_ name: String) throws(StoreFault) -> Permission? {
            if let named = try reader.permission(named: name, realm: realm) { return named }
            let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let pair = Permission.Pair(resource: String(parts[0]), action: String(parts[1]))
            else { return nil }
            return try reader.permission(pair, realm: realm)
        }
        switch change {
        case .roleToUser(let role, let user):
            guard let user = try UserReference(text: user).find(in: realm, reader) else { return .refused(.noSuchUser) }
            guard let role = try reader.role(named: role, realm: realm) else { return .refused(.noSuchRole) }
            return .roleToUser(role, user, wrappedKey: try reader.subjectKey(of: user.id, realm: realm))
        case .permissionToUser(let name, let user):
            guard let user = try UserReference(text: user).find(in: realm, reader) else { return .refused(.noSuchUser) }
            guard let found = try permission(name) else { return .refused(.noSuchPermission) }
            return .permissionToUser(found, user, wrappedKey: try reader.subjectKey(of: user.id, realm: realm))
        case .permissionToRole(let name, let role):
            guard let role = try reader.role(named: role, realm: realm) else { return .refused(.noSuchRole) }
            guard let found = try permission(name) else { return .refused(.noSuchPermission) }
            return .permissionToRole(found, role)
        }
    }

    private func apply(
        _ resolved: Resolved, isGrant: Bool, _ tx: any StoreTransaction
    ) throws(StoreFault) -> Bool {
        switch resolved {
        case .roleToUser(let role, let user, _):
            try isGrant ? tx.grant(role: role.id, to: user.id) : tx.revoke(role: role.id, from: user.id)
        case .permissionToUser(let permission, let user, _):
            try isGrant
                ? tx.grant(permission: permission.id, to: user.id) : tx.revoke(permission: permission.id, from: user.id)
        case .permissionToRole(let permission, let role):
            try isGrant
                ? tx.grant(permission: permission.id, to: role.id) : tx.revoke(permission: permission.id, from: role.id)
        case .refused: false
        }
    }

    private func touched(by resolved: Resolved, in realm: RealmName) -> Change {
        switch resolved {
        case .roleToUser(_, let user, _), .permissionToUser(_, let user, _): .user(user.id, realm)
        case .permissionToRole, .refused: .realm(realm)
        }
    }

    private func draft(_ resolved: Resolved, isGrant: Bool, realm: RealmName, source: Source) -> EventDraft {
        func event(
            _ deed: Deed, _ details: [(String, JSON)], _ user: User? = nil, _ wrapped: [UInt8]? = nil
        ) -> EventDraft {
            let parts = user.map {
                [recorder.part(recorder.subjectKeys.open(wrapped, for: $0.id, realm: realm), user: $0.person)]
            }
            return recorder.draft(
                deed, realm: realm, confirmedBy: "cli", source: source, details: details, personal: parts ?? [])
        }
        switch resolved {
        case .roleToUser(let role, let user, let key):
            return event(
                isGrant ? .grantRole : .revokeRole,
                [("role", .string(role.name)), ("to_user", .string(user.id.text))], user, key)
        case .permissionToUser(let permission, let user, let key):
            return event(
                isGrant ? .grantPermission : .revokePermission,
                [("permission", .string(permission.pair.description)), ("to_user", .string(user.id.text))], user, key)
        case .permissionToRole(let permission, let role):
            return event(
                isGrant ? .grantPermission : .revokePermission,
                [("permission", .string(permission.pair.description)), ("to_role", .string(role.name))])
        case .refused:
            return event(.refused, [])
        }
    }
}
