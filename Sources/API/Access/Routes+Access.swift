internal import Domain
internal import Flows
internal import HTTP

extension Route {
    /// Roles, permissions, groups and grants, and the questions about them.
    static func ofAccess(_ flows: UseCases, _ prefix: String) -> [Route] {
        let (auth, admin) = ("\(prefix)/auth", "\(prefix)/admin")
        return [
            Route(
                .post, "\(auth)/check", .proven, bodyLimit: 65_536,
                immediateForAll: CheckEndpoint(explain: flows.access.explain)),
            Route(.get, "\(auth)/permissions", .proven, immediateForAll: OwnAccessEndpoint()),
            Route(
                .post, "\(admin)/explain", .admin(.grantsRead), bodyLimit: 65_536,
                ExplainEndpoint(explain: flows.access.explain)),
            Route(
                .post, "\(admin)/users/{id}/promote", .admin(.grantsWrite),
                PromoteUserEndpoint(promoteUser: flows.access.promoteUser)),
            Route(
                .post, "\(admin)/users/{id}/demote", .admin(.grantsWrite),
                DemoteUserEndpoint(promoteUser: flows.access.promoteUser)),
        ] + ofRoles(flows, "\(admin)/roles") + ofPermissions(flows, "\(admin)/permissions")
            + ofGrants(flows, "\(admin)/grants")
    }

    private static func ofRoles(_ flows: UseCases, _ roles: String) -> [Route] {
        let (read, write) = (Access<Authorized>.admin(.rolesRead), Access<Authorized>.admin(.rolesWrite))
        let one = "\(roles)/{name}"
        return [
            Route(.get, roles, read, ListRolesEndpoint(listAccess: flows.listAccess)),
            Route(
                .post, roles, write,
                CreateRoleEndpoint(createRole: flows.createRole, listAccess: flows.listAccess)),
            Route(.get, one, read, ShowRoleEndpoint(listAccess: flows.listAccess)),
            Route(
                .patch, one, write,
                ChangeRoleEndpoint(changeRole: flows.access.changeRole, listAccess: flows.listAccess)),
            Route(.delete, one, write, DeleteRoleEndpoint(deleteRole: flows.deleteRole)),
        ]
    }

    private static func ofPermissions(_ flows: UseCases, _ permissions: String) -> [Route] {
        let (read, write) = (Access<Authorized>.admin(.permissionsRead), Access<Authorized>.admin(.permissionsWrite))
        let one = "\(permissions)/{name}"
        return [
            Route(.get, permissions, read, ListPermissionsEndpoint(listAccess: flows.listAccess)),
            Route(.post, permissions, write, CreatePermissionEndpoint(createPermission: flows.createPermission)),
            Route(.get, one, read, ShowPermissionEndpoint(listAccess: flows.listAccess)),
            Route(
                .patch, one, write, ChangePermissionEndpoint(changePermission: flows.access.changePermission)),
            Route(
                .delete, one, write, DeletePermissionEndpoint(deletePermission: flows.access.deletePermission)),
        ]
    }

    private static func ofGrants(_ flows: UseCases, _ grants: String) -> [Route] {
        let (read, write) = (Access<Authorized>.admin(.grantsRead), Access<Authorized>.admin(.grantsWrite))
        return [
            Route(.get, grants, read, ListGrantsEndpoint(listAccess: flows.listAccess)),
            Route(.post, grants, write, GiveEndpoint(changeGrant: flows.changeGrant)),
            Route(.delete, grants, write, TakeEndpoint(changeGrant: flows.changeGrant)),
        ]
    }
}
