public import Domain
internal import Standards
public import Storage

/// Answers a refresh token: the next one, the same one again, or the end of the session.
public struct Refresh: Sendable {
    let store: any Store
    let recorder: Recorder
    let start: SessionStart
    let live: LiveSessions
    let refusals: FoldedRefusals

    public enum Outcome: Sendable { case issued(SignedIn), refused(Refusal) }
    /// Told apart in the log only; a client sees one answer. Adding a case breaks every `switch` that must handle it.
    public enum Refusal: String, CaseIterable, Sendable { case malformed, unknown, ended, stolen }

    /// What the transaction found and did.
    private enum Step: Sendable {
        case unknown
        case over
        /// Nothing was done yet: this verdict leaves an event, which is sealed outside the transaction.
        case mustRecord(Session, Person, wrappedKey: [UInt8]?, newest: SessionOrigin?, Impersonation?)
        /// With every session that is over by it.
        case stolen([Change])
        case issued(Principal, Counter, replayedTo: SessionOrigin?)
    }

    public func callAsFunction(
        _ text: String, in realm: Realm, from source: Source, as transport: Transport = .token
    ) async throws(StoreFault) -> Outcome {
        let client = Session.nativeClient
        guard let presented = start.refreshTokens.open(text, realm: realm.name, client: client) else {
            refusals.note(reason: "refresh_malformed", realm: realm, source: source, route: "refresh")
            return .refused(.malformed)
        }
        let mark = live.mark()
        var step: Step
        if let rotated = try await rotate(presented, in: realm, from: source, as: transport) {
            step = rotated
        } else {
            step = try await decide(presented, in: realm, from: source, as: transport, drafts: nil)
        }
        if case .mustRecord(let session, let user, let wrappedKey, let newest, let impersonation) = step {
            let key = recorder.subjectKeys.open(wrappedKey, for: user.id, realm: realm.name)
            let drafts = RefreshDrafts(
                session, user, key, newest: newest, realm: realm.name, source: source.acting(impersonation), recorder)
            step = try await decide(presented, in: realm, from: source, as: transport, drafts: drafts)
        }
        switch step {
        case .unknown, .mustRecord:
            refusals.note(reason: "refresh_unknown", realm: realm, source: source, route: "refresh")
            return .refused(.unknown)
        case .over:
            refusals.note(reason: "refresh_ended", realm: realm, source: source, route: "refresh")
            return .refused(.ended)
        case .stolen(let changes):
            live.invalidate(changes)
            return .refused(.stolen)
        case .issued(let principal, let counter, let replayedTo):
            if let replayedTo, replayedTo.isElsewhere(than: source) {
                refusals.note(replayOf: presented.session, realm: realm, source: source, newest: replayedTo)
            }
            // Who refreshed is about to use the access token, and to come back.
            if live.session(presented.session) == nil { _ = live.fill(principal, since: mark) }
            let tokens = start.tokens(principal, counter: counter, in: realm, as: transport, known: presented.key)
            guard let tokens else { throw .unexpected("realm \(realm.name) has no signing key") }
            return .issued(tokens)
        }
    }

    /// The whole of a rotation where memory knows the person: one conditional statement, which changes a row only where
    /// the rule says ``Domain/Session/RefreshVerdict/rotate``. `nil`, and nothing changed, where somebody has to look.
    private func rotate(
        _ presented: RefreshTokens.Presented, in realm: Realm, from source: Source, as transport: Transport
    ) async throws(StoreFault) -> Step? {
        guard live.isUsable, let principal = live.session(presented.session), principal.user.realm == realm.name,
            principal.impersonation == nil || transport == .token,
            !principal.grants.isStale(at: start.capabilities.now()),
            try await store.advance(
                presented.session, in: .realm(realm.name), from: presented.counter, origin: SessionOrigin(source))
        else { return nil }
        return .issued(principal, presented.counter.next, replayedTo: nil)
    }

    /// One transaction: read the session, ask the rule, do what it says.
    private func decide(
        _ presented: RefreshTokens.Presented, in realm: Realm, from source: Source, as transport: Transport,
        drafts: RefreshDrafts?
    ) async throws(StoreFault) -> Step {
        // Without a lease only the proof is believed: that a client held a token does not become untrue.
        let remembered = live.session(presented.session)
        let known = live.isUsable ? remembered : nil
        return try await store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) -> Step in
            guard let session = try self.session(presented.session, realm.name, remembered, tx) else { return .unknown }
            let acting = try tx.acting(in: session)
            // An operator who acts as somebody has no cookies: the pages would take him for the person.
            if acting.isOver || acting.impersonation != nil && transport != .token { return .over }
            let source = source.acting(acting.impersonation)
            let seenAt = remembered?.sinceSeen(session.issued, monotonic: live.monotonic()).map { tx.now - $0 }
            let verdict = session.verdict(
                presented: presented.counter, now: tx.now, grace: realm.rules.refreshGrace, seenAt: seenAt)
            let newest = verdict == .rotate ? nil : try tx.sessionOrigin(session.id)
            let isTooFar = verdict == .replay && realm.rules.forbid(replayTo: source, after: newest)
            let user: Person
            if let known {
                user = known.user
            } else {
                guard let found = try tx.user(session.user, realm: realm.name), found.isUsable(at: tx.now) else {
                    return .over
                }
                user = found.person
            }
            if drafts == nil, verdict == .theft || verdict == .fastForward || isTooFar {
                return .mustRecord(
                    session, user, wrappedKey: try tx.subjectKey(of: user.id, realm: realm.name), newest: newest,
                    acting.impersonation)
            }
            let counter: Counter
            var replayedTo: SessionOrigin?
            switch verdict {
            case .ended: return .over
            case .theft:
                return .stolen(try end(session, reason: .theft, drafts?.theft, tx))
            case .rotate, .fastForward:
                let next = presented.counter.next
                let isFirst =
                    verdict == .rotate
                    ? try tx.advance(session.id, from: presented.counter, origin: SessionOrigin(source))
                    : try tx.fastForward(session.id, to: next, origin: SessionOrigin(source))
                if !isFirst {
                    // Another request was faster. Where it refreshed too, both receive the one successor.
                    let present = try tx.session(session.id, realm: realm.name)
                    guard let present, present.endedAt == nil else { return .over }
                    let again = present.verdict(
                        presented: presented.counter, now: tx.now, grace: realm.rules.refreshGrace)
                    guard present.issued == next || again == .replay else { return .over }
                    counter = present.issued
                    replayedTo = try tx.sessionOrigin(session.id)
                    if realm.rules.forbid(replayTo: source, after: replayedTo) {
                        // By now the rule says replay, and the second look does what follows.
                        return .mustRecord(
                            present, user, wrappedKey: try tx.subjectKey(of: user.id, realm: realm.name),
                            newest: replayedTo, acting.impersonation)
                    }
                } else {
                    counter = next
                    if verdict == .fastForward { try drafts?.rollback.append(to: tx) }
                }
            case .replay:
                if isTooFar {
                    return .stolen(try end(session, reason: .replayedElsewhere, drafts?.elsewhere, tx))
                }
                replayedTo = newest
                counter = session.issued
            }
            let grants: Grants
            if let known, !known.grants.isStale(at: tx.now) {
                grants = known.grants
            } else {
                grants = acting.limited(try tx.grants(of: user.id, realm: realm.name))
            }
            let principal = Principal(
                user, session, grants: live.shared(grants), impersonation: acting.impersonation)
            return .issued(principal, counter, replayedTo: replayedTo)
        }
    }

    /// The session's row. Where only its idleness is against it and this node remembers a later use, that is written first.
    private func session(
        _ id: ID<Session>, _ realm: RealmName, _ remembered: Principal?, _ tx: any StoreTransaction
    ) throws(StoreFault) -> Session? {
        let session = try tx.session(id, realm: realm)
        guard let session, let remembered, session.endedAt == nil, session.isOver(at: tx.now),
            remembered.lastUse > session.lastActivityAt
        else { return session }
        try tx.note([remembered.activity(at: tx.now, monotonic: live.monotonic())])
        return try tx.session(id, realm: realm)
    }

    /// Ends a family, with the event that says why; returns what has changed.
    private func end(
        _ session: Session, reason: SessionEnd, _ draft: EventDraft?, _ tx: any StoreTransaction
    ) throws(StoreFault) -> [Change] {
        let ended = try tx.end(session.id, reason: reason)
        if !ended.isEmpty { try draft?.append(to: tx) }
        let changes = Set([session.id] + ended).sorted().map { Change.session($0, session.realm) }
        try tx.announce(changes)
        return changes
    }
}
