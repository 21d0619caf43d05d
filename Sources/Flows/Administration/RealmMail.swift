public import Domain
internal import Standards
public import Storage

/// One realm's letters, for its administrators.
public struct RealmMail: Sendable {
    let store: any Store
    let recorder: Recorder
    let list: ListMail
    let desk: MailDesk

    /// Newest first; `next` is what the next page comes before, `nil` at the end.
    public func callAsFunction(
        in realm: RealmName, state: MailState?, before id: ID<MailItem>?, limit: Int
    ) async throws(StoreFault) -> (letters: [ListMail.Entry], next: ID<MailItem>?) {
        let found = try await list(in: realm, state: state, before: id, limit: limit + 1)
        let page = Array(found.prefix(limit))
        return (page, found.count > limit ? page.last?.mail.id : nil)
    }

    /// Has a letter tried again that was given up, or that waits for its next try. False where there is no such letter of
    /// this realm, or it was sent or dropped.
    public func retry(_ id: ID<MailItem>, in realm: RealmName, by actor: Actor) async throws(StoreFault) -> Bool {
        let draft = try await recorder.draft(
            .retryMail, realm: realm, by: actor, details: [("letter", .string(id.text))], in: store)
        let isDue = try await store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in
            guard try tx.retryMail(id, realm: realm) else { return false }
            try draft.append(to: tx)
            return true
        }
        if isDue { desk.announce() }
        return isDue
    }
}
