internal import Domain
internal import Storage

/// What becomes of an account whose time of grace is over.
struct AccountEnding: Sendable {
    let parts: FlowParts

    /// Erases the person, where that is still wanted and due. False where it was not.
    func finish(_ user: ID<User>, in realm: Realm) async throws(StoreFault) -> Bool {
        let erase = EraseUser(store: parts.store, recorder: parts.recorder, live: parts.live)
        let draft = erase.ownDraft(user, in: realm, because: "grace")
        let isErased = try await parts.store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) -> Bool in
            // Taken back at the last moment, it is not wanted any more.
            guard try tx.lock(user, realm: realm.name),
                let ending = try tx.plannedEnding(of: user, realm: realm.name), ending.dueAt <= tx.now
            else { return false }
            return try erase.erase(user, in: realm.name, draft, tx)
        }
        guard isErased else { return false }
        parts.live.invalidate(.user(user, realm.name))
        return true
    }

    private static let page = 100

    /// A few at a time; the others have their turn at the next. One that cannot be finished now, because its realm is not
    /// there, is passed by: it must not keep those behind it waiting.
    func finishDue() async throws(StoreFault) {
        var (last, finished, missing): (PlannedEnding?, Int, Set<RealmName>) = (nil, 0, [])
        while finished < Self.page {
            let behind = last
            let due = try await parts.store.read { (reader) throws(StoreFault) in
                try reader.dueEndings(after: behind, limit: Self.page)
            }
            for ending in due where !missing.contains(ending.realm) {
                guard let realm = try await parts.realms.find(ending.realm) else {
                    missing.insert(ending.realm)
                    continue
                }
                if try await finish(ending.user, in: realm) { finished += 1 }
            }
            last = due.last
            if due.count < Self.page { break }
        }
        // Once for all of them, because on PostgreSQL it goes over whole tables. What is done already must not look
        // undone because the database did not give back its room.
        if finished > 0 { _ = try? await parts.store.forgetDeleted() }
    }
}
