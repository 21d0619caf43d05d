/// Groups, and organisations inside a realm, with administrators of their own.
public struct OrganisationFlows: Sendable {
    public let listGroups: ListGroups
    public let createGroup: CreateGroup
    public let changeGroup: ChangeGroup
    public let deleteGroup: DeleteGroup
    public let list: ListOrganisations
    public let create: CreateOrganisation
    public let change: ChangeOrganisation
    public let delete: DeleteOrganisation
    public let changeMember: ChangeMember
    public let changeOwnGroup: ChangeOwnGroup
    public let invite: InviteMember
    public let listInvitations: ListInvitations
    public let withdraw: WithdrawInvitation
    public let accept: AcceptInvitation
    public let join: JoinByInvitation
    let chores: [Chore]

    init(_ parts: FlowParts) {
        listGroups = ListGroups(store: parts.store)
        createGroup = CreateGroup(parts: parts)
        changeGroup = ChangeGroup(parts: parts)
        deleteGroup = DeleteGroup(parts: parts)
        list = ListOrganisations(store: parts.store)
        create = CreateOrganisation(parts: parts)
        change = ChangeOrganisation(parts: parts)
        delete = DeleteOrganisation(parts: parts)
        changeMember = ChangeMember(parts: parts)
        changeOwnGroup = ChangeOwnGroup(parts: parts)
        invite = InviteMember(parts: parts)
        listInvitations = ListInvitations(parts: parts)
        withdraw = WithdrawInvitation(parts: parts)
        accept = AcceptInvitation(parts: parts)
        join = JoinByInvitation(parts: parts)
        // What expires goes with its letter.
        chores = []
    }
}
