internal import Domain
internal import Standards
internal import Storage

/// The role that everybody gets who signs up, made once in a realm's life: an operator who removes it does not find it
/// again.
struct StandardRole: Sendable {
    let role: Role
    private let made: EventDraft

    init(in realm: RealmName, _ recorder: Recorder, _ capabilities: Capabilities) {
        role = Role(
            id: capabilities.id(Role.self), realm: realm, name: Role.standardName,
            description: "Given to everybody who signs up.", createdAt: capabilities.now())
        made = recorder.draft(
            .createRole, realm: realm, confirmedBy: "server", source: .local, details: [("role", .string(role.name))])
    }

    func insert(into tx: any StoreTransaction) throws(StoreFault) {
        guard try tx.claimSetting("standard_role/\(role.realm.text)", value: []) else { return }
        if try tx.insert(role) { try made.append(to: tx) }
    }
}
