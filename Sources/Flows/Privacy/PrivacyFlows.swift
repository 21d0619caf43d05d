internal import Domain
internal import Storage

/// Consents, a person's own data, and its end.
public struct PrivacyFlows: Sendable {
    public let consents: ManageConsents
    public let exportData: ExportData
    public let eraseUser: EraseUser
    public let listErasures: ListErasures
    public let readErased: ReadErased
    /// Done about every ten minutes.
    let chores: [Chore]
    let endInactivity: EndInactivity

    init(_ parts: FlowParts) {
        let (store, recorder, capabilities) = (parts.store, parts.recorder, parts.capabilities)
        let reader = EventReader(recorder: recorder, capabilities: capabilities)
        consents = ManageConsents(
            store: store, recorder: recorder, throttles: parts.throttles, capabilities: capabilities)
        exportData = ExportData(
            store: store, recorder: recorder, reader: reader,
            reproof: Reproof(parts: parts), capabilities: capabilities)
        let eraseUser = EraseUser(store: store, recorder: recorder, live: parts.live)
        self.eraseUser = eraseUser
        listErasures = ListErasures(store: store)
        readErased = ReadErased(store: store, reader: reader, eraseUser: eraseUser, realms: parts.realms)
        let endInactivity = EndInactivity(
            store: store, recorder: recorder, live: parts.live, realms: parts.realms, postman: parts.postman,
            eraseUser: eraseUser)
        self.endInactivity = endInactivity
        chores = [
            Chore(fault: "inactive_users_not_ended") { () throws(StoreFault) in try await endInactivity() }
        ]
    }
}
