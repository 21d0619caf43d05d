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
        in realm: RealmName,
        _ decide: @escaping @Sendable (_ ring: SigningKeyRing, _ now: Timestamp) -> Plan<Outcome>
    ) async throws(StoreFault) -> (outcome: Outcome, keys: [SigningKeySummary]) {
        let wrapping = keys.wrapping
        let (outcome, stored, now, isChanged) = try await store.transaction {
            (tx) throws(StoreFault) -> (Outcome, [StoredSigningKey], Timestamp, Bool) in
            try tx.lockSigningKeys(realm: realm)
            let present = try tx.signingKeys(realm: realm)
            let plan = decide(SigningKeyRing(present.map(\.life)), tx.now)
            if plan.changesNothing { return (plan.outcome, present, tx.now, false) }
            for life in plan.changed {
                try tx.setTimes(
                    ofSigningKey: life.kid, realm: realm, signsFrom: life.signsFrom, retiredAt: life.retiredAt)
            }
            if let (candidate, start) = plan.added {
                try tx.insert(candidate.stored(in: realm, from: start, at: tx.now, wrapping))
            }
            try plan.event?.append(to: tx)
            let after = try tx.signingKeys(realm: realm)
            try tx.announce(.signingKeys(realm))
            return (plan.outcome, after, tx.now, true)
        }
        if isChanged {
            // The new keys first: a check that began with the old ones is dropped by what follows.
            do { try keys.adopt(stored, realm: realm, at: now) } catch { throw .unexpected("\(error)") }
            live.invalidate(.signingKeys(realm))
        }
        return (outcome, SigningKeySummary.all(stored, at: now))
    }

    func draft(
        _ deed: Deed, _ key: SigningKeyCandidate, in realm: RealmName, confirmedBy: String,
        _ details: [(String, JSON)] = []
    ) -> EventDraft {
        draft(
            deed, in: realm, confirmedBy: confirmedBy,
            [("kid", .string(key.kid)), ("algorithm", .string(key.key.algorithm.rawValue))] + details)
    }

    func draft(
        _ deed: Deed, in realm: RealmName, confirmedBy: String, _ details: [(String, JSON)]
    ) -> EventDraft {
        recorder.draft(deed, realm: realm, confirmedBy: confirmedBy, source: .local, details: details)
    }
}

/// Who asked for a change of keys; the raw values are the event's `confirmed_by`.
public enum KeyChangeOrigin: String, Sendable {
    case commandLine = "cli"
    case schedule
}
