internal import Domain
internal import Standards
internal import Storage

/// Ends a user's longest unused sessions where the realm allows no more than there are and one more begins.
struct SessionLimit: Sendable {
    private let user: Person
    private let limit: Int
    private let draft: EventDraft

    /// `nil` where the realm allows any number.
    init?(_ user: Person, _ key: SubjectKey?, in realm: Realm, from source: Source, _ recorder: Recorder) {
        guard let limit = realm.rules.sessionLimit else { return nil }
        self.user = user
        self.limit = limit
        draft = recorder.draft(
            .endSession, realm: realm.name, actor: user.id, confirmedBy: "session_limit", source: source,
            details: [("reason", .string(SessionEnd.limit.rawValue)), ("target", .string(user.id.text))],
            personal: [recorder.part(key, user: user, source: source)])
    }

    /// Before the new session is written: it must not be the one that ends, whatever the clocks say.
    func makeRoom(_ tx: any StoreTransaction) throws(StoreFault) -> [Change] {
        let ended = try tx.endLongestUnused(of: user.id, realm: user.realm, keeping: max(limit - 1, 0))
        guard let first = ended.first else { return [] }
        let named: [(String, JSON)] =
            ended.count == 1
            ? [("session", .string(first.text))] : [("sessions", .array(ended.map { .string($0.text) }))]
        try draft.append(to: tx, adding: named)
        let changes = ended.map { Change.session($0, user.realm) }
        try tx.announce(changes)
        return changes
    }
}
