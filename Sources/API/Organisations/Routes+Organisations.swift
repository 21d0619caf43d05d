internal import Domain
internal import Flows
internal import HTTP

extension Route {
    /// Groups, and organisations inside a realm, with administrators of their own.
    static func ofOrganisations(_ flows: UseCases, _ prefix: String) -> [Route] {
        ofGroups(flows, "\(prefix)/admin/groups") + ofEveryOrganisation(flows.organisations, prefix)
            + ofOwnOrganisation(flows.organisations, "\(prefix)/organisations/{name}")
            + ofOneself(flows.organisations, "\(prefix)/auth")
    }

    private static func ofGroups(_ flows: UseCases, _ groups: String) -> [Route] {
        let (read, write) = (Access<Authorized>.admin(.groupsRead), Access<Authorized>.admin(.groupsWrite))
        let one = "\(groups)/{name}"
        let member = "\(one)/members/{kind}/{member}"
        let own = flows.organisations
        return [
            Route(.get, groups, read, ListGroupsEndpoint(listGroups: own.listGroups)),
            Route(.post, groups, write, CreateGroupEndpoint(createGroup: own.createGroup)),
            Route(.get, one, read, ShowGroupEndpoint(listGroups: own.listGroups)),
            Route(.patch, one, write, ChangeGroupEndpoint(changeGroup: own.changeGroup)),
            Route(.delete, one, write, DeleteGroupEndpoint(deleteGroup: own.deleteGroup)),
            Route(.get, "\(one)/members", read, GroupMembersEndpoint(listGroups: own.listGroups)),
            Route(.put, member, write, AddGroupMemberEndpoint(changeGrant: flows.changeGrant)),
            Route(.delete, member, write, RemoveGroupMemberEndpoint(changeGrant: flows.changeGrant)),
        ]
    }

    /// For those who hold the permission in the realm.
    private static func ofEveryOrganisation(_ flows: OrganisationFlows, _ prefix: String) -> [Route] {
        let read = Access<Authorized>.admin(.organisationsRead)
        let write = Access<Authorized>.admin(.organisationsWrite)
        let all = "\(prefix)/admin/organisations"
        let one = "\(all)/{name}"
        return [
            Route(.get, all, read, ListOrganisationsEndpoint(list: flows.list)),
            Route(.post, all, write, CreateOrganisationEndpoint(create: flows.create)),
            Route(.get, one, read, ShowOrganisationEndpoint(list: flows.list)),
            Route(.patch, one, write, ChangeOrganisationEndpoint(change: flows.change)),
            Route(.delete, one, write, DeleteOrganisationEndpoint(delete: flows.delete)),
        ] + shared(flows, one, read, write)
    }

    /// For the organisation's own administrators; to everybody who is not in it, it does not exist.
    private static func ofOwnOrganisation(_ flows: OrganisationFlows, _ one: String) -> [Route] {
        let group = "\(one)/groups/{group}/members"
        return [
            Route(.get, one, .signedIn, ShowOwnOrganisationEndpoint(list: flows.list)),
            Route(.get, group, .signedIn, OwnGroupMembersEndpoint(list: flows.list)),
            Route(.put, "\(group)/{user}", .signedIn, AddToOwnGroupEndpoint(changeOwnGroup: flows.changeOwnGroup)),
            Route(
                .delete, "\(group)/{user}", .signedIn, TakeFromOwnGroupEndpoint(changeOwnGroup: flows.changeOwnGroup)),
        ] + shared(flows, one, Access<Member>.signedIn, Access<Member>.signedIn)
    }

    private static func shared<Caller: OfficeHolder>(
        _ flows: OrganisationFlows, _ one: String, _ read: Access<Caller>, _ write: Access<Caller>
    ) -> [Route] {
        let member = "\(one)/members/{user}"
        let invitations = "\(one)/invitations"
        return [
            Route(.get, "\(one)/members", read, OrganisationMembersEndpoint<Caller>(list: flows.list)),
            Route(.put, member, write, ChangeMemberEndpoint<Caller>(changeMember: flows.changeMember)),
            Route(.delete, member, write, RemoveMemberEndpoint<Caller>(changeMember: flows.changeMember)),
            Route(.get, "\(one)/groups", read, OrganisationGroupsEndpoint<Caller>(list: flows.list)),
            Route(.get, invitations, read, InvitationsEndpoint<Caller>(listInvitations: flows.listInvitations)),
            Route(.post, invitations, write, InviteMemberEndpoint<Caller>(invite: flows.invite)),
            Route(.delete, "\(invitations)/{id}", write, WithdrawInvitationEndpoint<Caller>(withdraw: flows.withdraw)),
        ]
    }

    private static func ofOneself(_ flows: OrganisationFlows, _ auth: String) -> [Route] {
        [
            Route(.get, "\(auth)/organisations", .signedIn, OwnOrganisationsEndpoint(list: flows.list)),
            Route(
                .delete, "\(auth)/organisations/{name}", .signedIn,
                LeaveOrganisationEndpoint(changeMember: flows.changeMember)),
            Route(
                .post, "\(auth)/invitations/accept", .signedIn, AcceptInvitationEndpoint(accept: flows.accept)),
            Route(
                .post, "\(auth)/invitations/join", .open, bodyLimit: 16_384,
                JoinByInvitationEndpoint(join: flows.join)),
        ]
    }
}
