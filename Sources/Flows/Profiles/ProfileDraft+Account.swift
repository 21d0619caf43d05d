internal import Domain
internal import Standards
internal import Storage

extension ProfileDraft {
    /// The attributes of an account about to be made, with the events of the roles that follow from them.
    ///
    /// - Parameter giver: is whoever gave the attributes.
    init?(
        _ checked: Checked, for creation: AccountCreation, in realm: Realm, giver: RoleGiver,
        confirmedBy: String, source: Source, actor: ID<User>?, _ recorder: Recorder, _ capabilities: Capabilities
    ) {
        guard !checked.isEmpty, let sheet = ProfileSheet(realm, capabilities) else { return nil }
        self.init(checked, for: creation.user.id, key: creation.key, sheet, giver: giver) { deed, details in
            recorder.draft(
                deed, realm: realm.name, actor: actor, confirmedBy: confirmedBy, source: source, details: details,
                personal: [creation.part(source: source)])
        }
    }
}

extension Store {
    /// A transaction in which a profile begins; once more where somebody else was faster with a unique value, so that it
    /// is told whose fault it was.
    func transactionWithProfile<Value: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        do { return try await transaction(body) } catch .busy(ChangeProfile.lostRace) {
            return try await transaction(body)
        }
    }
}
