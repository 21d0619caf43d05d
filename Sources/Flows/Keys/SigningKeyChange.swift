internal import Domain
internal import Standards
internal import Storage

/// What every change of a realm's signing keys has in common: one at a time, audited, told to the other nodes, and
/// felt on this one before it is answered.
struct SigningKeyChange: Sendable {
    let store: any Store
    let keys: SigningKeys
    let recorder: Recorder
    let live: LiveSessions
    let realms: Realms

    /// What a change does to the realm's keys; `nil` where there is nothing to do.
    struct Plan<Outcome: Sendable>: Sendable {
        let outcome: Outcome
        let changed: [SigningKeyLife]
        /// With the time from which it signs.
        let added: (candidate: SigningKeyCandidate, from: Timestamp)?
        let event: EventDraft?

        /// Nothing changes.
        static func only(_ outcome: Outcome) -> Plan {
            Plan(outcome: outcome, changed: [], added: nil, event: nil)
        }

        var changesNothing: Bool { changed.isEmpty && added == nil }
    }

    /// Runs `decide` while nobody else changes the realm's keys, and does what it says in the same transaction. It may
    /// run twice.
    func callAsFunction<Outcome: Sendable>(
        in realm: Realm,
        _ decide: @escaping @Sendable (_ ring: SigningKeyRing, _ now: Timestamp) -> Plan<Outcome>
    ) async throws(StoreFault) -> (outcome: Outcome, keys: [SigningKeySummary]) {
        let wrapping = keys.wrapping
        let name = realm.name
        let (outcome, stored, now, place) = try await store.transaction {
            (tx) throws(StoreFault) -> (Outcome, [StoredSigningKey], Timestamp, FeedHead?) in
            try tx.lockSigningKeys(realm: name)
            let present = try tx.signingKeys(realm: name)
            let plan = decide(SigningKeyRing(present.map(\.life)), tx.now)
            if plan.changesNothing { return (plan.outcome, present, tx.now, nil) }
            for life in plan.changed {
                try tx.setTimes(
                    ofSigningKey: life.kid, realm: name, signsFrom: life.signsFrom, retiredAt: life.retiredAt)
            }
            if let (candidate, start) = plan.added {
                try tx.insert(candidate.stored(in: name, from: start, at: tx.now, wrapping))
            }
            try plan.event?.append(to: tx)
            let after = try tx.signingKeys(realm: name)
            try tx.announce(.signingKeys(name))
            return (plan.outcome, after, tx.now, try tx.feedHead())
        }
        if let place {
            // The new keys first: a check that began with the old ones is dropped by what follows.
            do { try realms.adopt(stored, of: realm, at: now, place) } catch { throw .unexpected("\(error)") }
            live.invalidate(.signingKeys(name))
        }
        return (outcome, SigningKeySummary.all(stored, at: now))
    }

    func draft(
        _ deed: Deed, _ key: SigningKeyCandidate, in realm: RealmName, by origin: KeyChangeOrigin,
        _ details: [(String, JSON)] = []
    ) async throws(StoreFault) -> EventDraft {
        try await draft(
            deed, in: realm, by: origin,
            [("kid", .string(key.kid)), ("algorithm", .string(key.key.algorithm.rawValue))] + details)
    }

    func draft(
        _ deed: Deed, in realm: RealmName, by origin: KeyChangeOrigin, _ details: [(String, JSON)]
    ) async throws(StoreFault) -> EventDraft {
        switch origin {
        case .schedule:
            recorder.draft(deed, realm: realm, confirmedBy: "schedule", source: .local, details: details)
        case .actor(let actor):
            try await recorder.draft(deed, realm: realm, by: actor, details: details, in: store)
        }
    }
}

/// Who asked for a change of keys.
enum KeyChangeOrigin: Sendable {
    case actor(Actor)
    case schedule
}
