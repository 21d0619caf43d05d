/// What administration consists of: each of its routes and commands asks for one of these permissions.
///
/// Their resources begin with `aldrava.`, which no team's own permission may, and no wildcard of a team's reaches them:
/// `*:read` opens what an application calls reading, not the audit. Whoever has the role ``Role/adminName`` holds them all.
public enum AdminRight: String, CaseIterable, Sendable {
    case usersRead = "aldrava.users:read"
    case usersCreate = "aldrava.users:create"
    /// Names, addresses, attributes.
    case usersUpdate = "aldrava.users:update"
    /// Disabling, enabling, banning.
    case usersSuspend = "aldrava.users:suspend"
    /// Letters with which somebody gets in again, or for the first time.
    case usersRecover = "aldrava.users:recover"
    case usersDelete = "aldrava.users:delete"
    /// Everything that is kept about a person.
    case usersExport = "aldrava.users:export"
    case sessionsRead = "aldrava.sessions:read"
    case sessionsEnd = "aldrava.sessions:end"
    case rolesRead = "aldrava.roles:read"
    case rolesWrite = "aldrava.roles:write"
    case permissionsRead = "aldrava.permissions:read"
    case permissionsWrite = "aldrava.permissions:write"
    case grantsRead = "aldrava.grants:read"
    /// Giving what one holds oneself.
    case grantsWrite = "aldrava.grants:write"
    /// Giving also what one does not hold, up to one's own rank.
    case grantsAny = "aldrava.grants:any"
    case groupsRead = "aldrava.groups:read"
    case groupsWrite = "aldrava.groups:write"
    case organisationsRead = "aldrava.organisations:read"
    case organisationsWrite = "aldrava.organisations:write"
    case apiKeysRead = "aldrava.api-keys:read"
    case apiKeysWrite = "aldrava.api-keys:write"
    case auditRead = "aldrava.audit:read"
    case signingKeysRead = "aldrava.signing-keys:read"
    case signingKeysWrite = "aldrava.signing-keys:write"
    case mailRead = "aldrava.mail:read"
    case mailWrite = "aldrava.mail:write"
    case settingsRead = "aldrava.settings:read"
    case settingsWrite = "aldrava.settings:write"
    /// Of the operators' realm only.
    case realmsRead = "aldrava.realms:read"
    case realmsWrite = "aldrava.realms:write"
    case impersonate = "aldrava.realms:impersonate"

    /// Whether a pair is one of these, or `*` of one of their resources.
    public static func allows(_ pair: Permission.Pair) -> Bool {
        guard isResource(pair.resource) else { return false }
        guard pair.action == Permission.Pair.anything else { return AdminRight(rawValue: pair.description) != nil }
        return allCases.contains { $0.pair.resource == pair.resource }
    }

    /// What every administrative resource begins with.
    public static let resourcePrefix = "aldrava."

    public var pair: Permission.Pair { Permission.Pair(self) }

    /// Whether a resource is one of administration's, which teams' own permissions leave alone.
    public static func isResource(_ text: String) -> Bool { text.utf8.starts(with: resourcePrefix.utf8) }
}
