internal import Domain
internal import Standards
internal import Storage

/// The roles and permissions that rows speak of, by their names.
struct ImportAccess: Sendable {
    private let roles: [String: ID<Role>]
    private let permissions: [Permission.Pair: ID<Permission>]
    /// A rehearsal that would make roles takes rows with roles that are not there yet.
    private let takesAnyRole: Bool

    static func find(
        for users: [ImportedUser], _ options: ImportUsers.Options, in realm: RealmName, _ flow: ImportUsers
    ) async throws(StoreFault) -> ImportAccess {
        let wantsPermissions = users.contains { !$0.permissions.isEmpty }
        let (roles, permissions) = try await flow.store.read(in: .realm(realm)) {
            (reader) throws(StoreFault) -> ([Role], [Permission]) in
            (
                try reader.roles(realm: realm),
                wantsPermissions ? try reader.permissions(realm: realm, resource: nil) : []
            )
        }
        var byName = Dictionary(roles.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
        let missing = Set(users.flatMap { $0.roles ?? [] }.filter { byName[$0] == nil })
        if options.createsRoles, !options.isDryRun, !missing.isEmpty {
            for name in missing.sorted() { byName[name] = try await make(name, in: realm, flow) }
        }
        return ImportAccess(
            roles: byName,
            permissions: Dictionary(permissions.map { ($0.pair, $0.id) }, uniquingKeysWith: { first, _ in first }),
            takesAnyRole: options.createsRoles && options.isDryRun)
    }

    /// The first thing that a row names and that is not there.
    func problem(of user: ImportedUser) -> ImportProblem? {
        if !takesAnyRole, user.roles?.contains(where: { roles[$0] == nil }) ?? false {
            return ImportProblem(
                line: user.line, field: ImportField.roles.rawValue, code: "no_such_role",
                message: "names a role that the realm does not have")
        }
        if user.permissions.contains(where: { permissions[$0] == nil }) {
            return ImportProblem(
                line: user.line, field: ImportField.permissions.rawValue, code: "no_such_permission",
                message: "names a permission that the realm does not have")
        }
        return nil
    }

    func roles(of user: ImportedUser, isNew: Bool) -> [ID<Role>] {
        (user.roles ?? (isNew ? [Role.standardName] : [])).compactMap { roles[$0] }
    }

    func permissions(of user: ImportedUser) -> [ID<Permission>] { user.permissions.compactMap { permissions[$0] } }

    private static func make(
        _ name: String, in realm: RealmName, _ flow: ImportUsers
    ) async throws(StoreFault) -> ID<Role>? {
        let role = Role(
            id: flow.capabilities.id(Role.self), realm: realm, name: name, description: "",
            createdAt: flow.capabilities.now())
        let draft = flow.recorder.draft(
            .createRole, realm: realm, confirmedBy: "cli", source: .local, details: [("role", .string(name))])
        return try await flow.store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in
            if try tx.insert(role) { try draft.append(to: tx) }
            return try tx.role(named: name, realm: realm)?.id
        }
    }
}
