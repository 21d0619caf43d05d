internal import Domain
internal import Storage

/// What administrators do with many users, keys and settings at once.
public struct AdministrationFlows: Sendable {
    public let editUser: EditUser
    public let changeUsers: ChangeUsers
    public let exportUserList: ExportUserList
    public let proveAdministrator: ProveAdministrator
    public let changeSettings: ChangeSettings
    public let mail: RealmMail
    let chores: [Chore]

    init(_ parts: FlowParts, _ accounts: AccountFlows, _ mail: MailFlows, _ realmChange: RealmChange) {
        editUser = EditUser(parts: parts)
        changeUsers = ChangeUsers(
            setUserActive: SetUserActive(parts: parts), banUser: accounts.banUser, deleteUser: accounts.deleteUser,
            startReset: accounts.startReset, invite: accounts.invite, addPerson: accounts.addPerson,
            endSession: EndSession(store: parts.store, recorder: parts.recorder, live: parts.live))
        exportUserList = ExportUserList(parts: parts, list: ListUsers(store: parts.store))
        proveAdministrator = ProveAdministrator(parts: parts)
        changeSettings = ChangeSettings(change: ChangeRealm(change: realmChange))
        self.mail = RealmMail(
            store: parts.store, recorder: parts.recorder, list: mail.list, desk: parts.postman.desk)
        chores = []
    }
}
