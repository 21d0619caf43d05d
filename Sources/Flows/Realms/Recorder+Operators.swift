internal import Domain
internal import Standards
internal import Storage

extension Recorder {
    /// An operator's deed in a realm, for that realm's log. He is nobody of that realm, so only his id is there.
    func draft(_ deed: Deed, realm: RealmName, by actor: Actor, details: [(String, JSON)]) -> EventDraft {
        draft(
            deed, realm: realm, confirmedBy: actor.confirmedBy, source: actor.source,
            details: details + (actor.person.map { [("operator", .string($0.id.text))] } ?? []))
    }

    /// The same for the operators' own log, which also says who it was and from where.
    func draft(
        _ deed: Deed, in realm: RealmName, byOperator person: Person, wrappedKey: [UInt8]?, of actor: Actor,
        details: [(String, JSON)]
    ) -> EventDraft {
        let key = subjectKeys.open(wrappedKey, for: person.id, realm: person.realm)
        return draft(
            deed, realm: .system, actor: person.id, confirmedBy: actor.confirmedBy, source: actor.source,
            details: [("target_realm", .string(realm.text))] + details,
            personal: [part(key, user: person, source: actor.source)])
    }
}
