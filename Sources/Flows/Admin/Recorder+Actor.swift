internal import Domain
internal import Standards
internal import Storage

extension Recorder {
    /// An actor with what events seal for them, so that one can be written when its details are known.
    struct Author: Sendable {
        let actor: Actor
        fileprivate let personal: [PersonalPart]
    }

    /// Reads the actor's key where they are a person.
    func author(_ actor: Actor, in store: any Store) async throws(StoreFault) -> Author {
        guard let person = actor.person else { return Author(actor: actor, personal: []) }
        let wrapped = try await store.read { (reader) throws(StoreFault) in
            try reader.subjectKey(of: person.id, realm: person.realm)
        }
        let key = subjectKeys.open(wrapped, for: person.id, realm: person.realm)
        return Author(actor: actor, personal: [part(key, user: person, source: actor.source)])
    }

    /// What an actor does that is about nobody's account.
    func draft(_ deed: Deed, realm: RealmName, by author: Author, details: [(String, JSON)]) -> EventDraft {
        draft(
            deed, realm: realm, actor: author.actor.person?.id, confirmedBy: author.actor.confirmedBy,
            source: author.actor.source, details: details + author.actor.credential, personal: author.personal)
    }

    /// The same in one step.
    func draft(
        _ deed: Deed, realm: RealmName, by actor: Actor, details: [(String, JSON)], in store: any Store
    ) async throws(StoreFault) -> EventDraft {
        draft(deed, realm: realm, by: try await author(actor, in: store), details: details)
    }
}
