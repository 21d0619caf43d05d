import API
import Domain
import HTTP
import Storage
import TestSupport
import Testing

/// What the API administers, the command line does too: here or on a server elsewhere.
@Suite("A command for each administrative route") struct RouteCommandTests {
    /// Whoever adds a route names the command that does the same; the operators' own are the same without `system`.
    private static let commands: [String: String] = [
        "GET /api/admin/users": "user list",
        "POST /api/admin/users": "user add",
        "GET /api/admin/users/{id}": "user show",
        "DELETE /api/admin/users/{id}": "user delete",
        "POST /api/admin/users/{id}/reset": "user reset",
        "POST /api/admin/users/{id}/invite": "user invite",
        "POST /api/admin/users/{id}/ban": "user ban",
        "POST /api/admin/users/{id}/unban": "user unban",
        "POST /api/admin/users/{id}/disable": "user disable",
        "POST /api/admin/users/{id}/enable": "user enable",
        "GET /api/admin/users/{id}/sessions": "session list",
        "DELETE /api/admin/users/{id}/sessions": "user sign-out",
        "DELETE /api/admin/sessions/{id}": "session end",
        "GET /api/admin/users/{id}/consents": "user consents",
        "POST /api/admin/users/{id}/erase": "user erase",
        "POST /api/admin/users/{id}/data-export": "user data",
        "GET /api/admin/users/{id}/profile": "user profile",
        "PATCH /api/admin/users/{id}/profile": "user profile",
        "POST /api/admin/find-user": "user find",
        "GET /api/admin/api-keys": "api-key list",
        "POST /api/admin/api-keys": "api-key create",
        "POST /api/admin/api-keys/{id}/rotate": "api-key rotate",
        "DELETE /api/admin/api-keys/{id}": "api-key revoke",
        "POST /api/admin/explain": "explain",
        "POST /api/admin/users/{id}/promote": "user promote",
        "POST /api/admin/users/{id}/demote": "user demote",
        "PATCH /api/admin/users/{id}": "user edit",
        "GET /api/admin/users/export": "user list",
        // What many users have done to them at once is done to each by a command of its own.
        "POST /api/admin/users/bulk": "user disable",
        "GET /api/admin/roles": "role list",
        "POST /api/admin/roles": "role create",
        "GET /api/admin/roles/{name}": "role show",
        "PATCH /api/admin/roles/{name}": "role change",
        "DELETE /api/admin/roles/{name}": "role delete",
        "GET /api/admin/permissions": "permission list",
        "POST /api/admin/permissions": "permission create",
        "GET /api/admin/permissions/{name}": "permission show",
        "PATCH /api/admin/permissions/{name}": "permission change",
        "DELETE /api/admin/permissions/{name}": "permission delete",
        "GET /api/admin/grants": "grant list",
        "POST /api/admin/grants": "grant permission",
        "DELETE /api/admin/grants": "revoke permission",
        "GET /api/admin/signing-keys": "keys list",
        "POST /api/admin/signing-keys/rotate": "keys rotate",
        "POST /api/admin/signing-keys/{kid}/retire": "keys retire",
        "GET /api/admin/mail": "mail list",
        "POST /api/admin/mail/{id}/retry": "mail retry",
        "GET /api/admin/settings": "realm show",
        "PATCH /api/admin/settings": "realm set",
        "PUT /api/admin/settings": "apply",
        "GET /api/admin/groups": "group list",
        "POST /api/admin/groups": "group create",
        "GET /api/admin/groups/{name}": "group show",
        "PATCH /api/admin/groups/{name}": "group change",
        "DELETE /api/admin/groups/{name}": "group delete",
        "GET /api/admin/groups/{name}/members": "group members",
        "PUT /api/admin/groups/{name}/members/{kind}/{member}": "group add",
        "DELETE /api/admin/groups/{name}/members/{kind}/{member}": "group remove",
        "GET /api/admin/organisations": "organisation list",
        "POST /api/admin/organisations": "organisation create",
        "GET /api/admin/organisations/{name}": "organisation show",
        "PATCH /api/admin/organisations/{name}": "organisation change",
        "DELETE /api/admin/organisations/{name}": "organisation delete",
        "GET /api/admin/organisations/{name}/groups": "group list",
        "GET /api/admin/organisations/{name}/members": "organisation members",
        "PUT /api/admin/organisations/{name}/members/{user}": "organisation add",
        "DELETE /api/admin/organisations/{name}/members/{user}": "organisation remove",
        "GET /api/admin/organisations/{name}/invitations": "invitation list",
        "POST /api/admin/organisations/{name}/invitations": "invitation send",
        "DELETE /api/admin/organisations/{name}/invitations/{id}": "invitation withdraw",
        "GET /api/audit/logs": "audit grep",
        "GET /api/audit/stream": "audit tail",
        "GET /api/system/realms": "realm list",
        "POST /api/system/realms": "realm create",
        "GET /api/system/realms/{realm}": "realm show",
        "PATCH /api/system/realms/{realm}": "realm set",
        "PUT /api/system/realms/{realm}": "apply",
        "POST /api/system/realms/{realm}/impersonations": "impersonate begin",
        "GET /api/system/realms/{realm}/impersonations": "impersonate list",
        "DELETE /api/system/realms/{realm}/impersonations/{id}": "impersonate end",
    ]
    /// Carries the commands out.
    private static let itself = "POST /api/admin/commands"
    /// Whoever acts as somebody else elsewhere proves who they are as a person, and so not with a key.
    private static let onTheMachineOnly: Set = ["impersonate begin", "impersonate list", "impersonate end"]

    @Test func `every administrative route has one, which says what it takes elsewhere`() async throws {
        var names: Set<String> = []
        try await Backend.sqlite.withStore { store in
            let world = try await World.open(store, clock: ManualClock(Backend.systemClock()))
            let api = try API(world.useCases, version: "1", files: []) { _ in }
            names = Set(api.routes.filter(Self.isAdministrative).map(Self.name))
        }
        #expect(names.contains(Self.itself))
        for name in names where name != Self.itself {
            #expect(Self.commands[name] != nil, "\(name) has no command: add one, and name it here")
        }
        for name in Self.commands.keys { #expect(names.contains(name), "\(name) is no administrative route") }
        for command in Set(Self.commands.values) {
            let help = try await Program(
                [Program.path] + command.split(separator: " ").map(String.init) + ["--help"], environment: [:]
            ).ended()
            #expect(help.output.contains("Usage: aldrava \(command)"), "there is no command '\(command)'")
            #expect(
                help.output.contains("--server URL") != Self.onTheMachineOnly.contains(command),
                "'\(command)' is carried out elsewhere, or is not, against what stands here")
        }
    }

    private static func isAdministrative(_ route: Route) -> Bool {
        if case .permission(let pair) = route.access, AdminRight(rawValue: pair.description) != nil { return true }
        return route.path.contains("/admin/")
    }

    private static func name(_ route: Route) -> String {
        let system = "/api/system/"
        let isShared = route.path.hasPrefix(system) && !route.path.hasPrefix("/api/system/realms")
        return "\(route.method.rawValue) \(isShared ? "/api/" + route.path.dropFirst(system.count) : route.path)"
    }
}
