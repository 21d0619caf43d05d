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
        case mustRecord(Session, Person, wrappedKey: [UInt8]?, newest: SessionOrigin?)
        case stolen(Session)
        case issued(Principal, Counter, replayedTo: SessionOrigin?)
    }

    public func callAsFunction(
        _ text: String, in realm: RealmSettings, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let client = Session.nativeClient
        guard let presented = start.refreshTokens.open(text, realm: realm.name, client: client) else {
            refusals.note(reason: "refresh_malformed", realm: realm.name, source: source, route: "refresh")
            return .refused(.malformed)
        }
        let mark = live.mark()
        var step: Step
        if let rotated = try await rotate(presented, in: realm, from: source) {
            step = rotated
        } else {
            step = try await decide(presented, in: realm, from: source, drafts: nil)
        }
        if case .mustRecord(let session, let user, let wrappedKey, let newest) = step {
            let key = recorder.subjectKeys.open(wrappedKey, for: user.id, realm: realm.name)
            let drafts = Drafts(session, user, key, newest: newest, realm: realm.name, source: source, recorder)
            step = try await decide(presented, in: realm, from: source, drafts: drafts)
        }
        switch step {
        case .unknown, .mustRecord:
            refusals.note(reason: "refresh_unknown", realm: realm.name, source: source, route: "refresh")
            return .refused(.unknown)
        case .over:
            refusals.note(reason: "refresh_ended", realm: realm.name, source: source, route: "refresh")
            return .refused(.ended)
        case .stolen(let session):
            live.invalidate(.session(session.id, realm.name))
            return .refused(.stolen)
        case .issued(let principal, let counter, let replayedTo):
            if let replayedTo, replayedTo != SessionOrigin(source) {
                refusals.note(
                    reason: Deed.refreshReplayedElsewhere.rawValue, realm: realm.name, source: source, route: "refresh")
            }
            // Who refreshed is about to use the access token, and to come back.
            if live.session(presented.session) == nil { _ = live.fill(principal, since: mark) }
            let tokens = start.tokens(principal, counter: counter, in: realm, known: presented.key)
            guard let tokens else { throw .unexpected("realm \(realm.name) has no signing key") }
            return .issued(tokens)
        }
    }

    /// The whole of a rotation where memory knows the person: one conditional statement, which changes a row only where
    /// the rule says ``Domain/Session/RefreshVerdict/rotate``. `nil`, and nothing changed, where somebody has to look.
    private func rotate(
        _ presented: RefreshTokens.Presented, in realm: RealmSettings, from source: Source
    ) async throws(StoreFault) -> Step? {
        guard live.isUsable, let principal = live.session(presented.session), principal.user.realm == realm.name,
            try await store.advance(presented.session, from: presented.counter, origin: SessionOrigin(source))
        else { return nil }
        return .issued(principal, presented.counter.next, replayedTo: nil)
    }

    /// One transaction: read the session, ask the rule, do what it says.
    private func decide(
        _ presented: RefreshTokens.Presented, in realm: RealmSettings, from source: Source, drafts: Drafts?
    ) async throws(StoreFault) -> Step {
        // Without a lease only the proof is believed: that a client held a token does not become untrue.
        let remembered = live.session(presented.session)
        let known = live.isUsable ? remembered : nil
        return try await store.transaction { (tx) throws(StoreFault) -> Step in
            guard let session = try tx.session(presented.session, realm: realm.name) else { return .unknown }
            let verdict = session.verdict(
                presented: presented.counter, now: tx.now, grace: realm.refreshGrace,
                seenAt: remembered?.seenAt(session.issued))
            let user: Person
            if let known {
                user = known.user
            } else {
                guard let found = try tx.user(session.user, realm: realm.name), found.isActive else { return .over }
                user = found.person
            }
            if drafts == nil, verdict == .theft || verdict == .fastForward {
                return .mustRecord(
                    session, user, wrappedKey: try tx.subjectKey(of: user.id, realm: realm.name),
                    newest: try tx.sessionOrigin(session.id))
            }
            let counter: Counter
            var replayedTo: SessionOrigin?
            switch verdict {
            case .ended: return .over
            case .theft:
                if try tx.end(session.id, reason: .theft) { try drafts?.theft.append(to: tx) }
                try tx.announce(.session(session.id, realm.name))
                return .stolen(session)
            case .rotate, .fastForward:
                counter = presented.counter.next
                let isFirst =
                    verdict == .rotate
                    ? try tx.advance(session.id, from: presented.counter, origin: SessionOrigin(source))
                    : try tx.fastForward(session.id, to: counter, origin: SessionOrigin(source))
                if !isFirst {
                    // Another request was faster. Where it refreshed too, both receive the one successor.
                    let present = try tx.session(session.id, realm: realm.name)
                    guard let present, present.issued == counter, present.endedAt == nil else { return .over }
                } else if verdict == .fastForward {
                    try drafts?.rollback.append(to: tx)
                }
            case .replay:
                replayedTo = try tx.sessionOrigin(session.id)
                counter = session.issued
            }
            let grants: Grants
            if let known {
                grants = known.grants
            } else {
                grants = try tx.grants(of: user.id, realm: realm.name)
            }
            let principal = Principal(user, session, grants: live.shared(grants))
            return .issued(principal, counter, replayedTo: replayedTo)
        }
    }

    /// The events that a refresh can leave, sealed before the transaction that writes one of them.
    private struct Drafts: Sendable {
        let theft: EventDraft
        let rollback: EventDraft

        init(
            _ session: Session, _ user: Person, _ key: SubjectKey?, newest: SessionOrigin?, realm: RealmName,
            source: Source, _ recorder: Recorder
        ) {
            let part = recorder.part(key, user: user, source: source)
            let both = Recorder.PersonalPart(
                key: key,
                details: part.details + [
                    ("newest_ip", .string(newest?.address ?? "")),
                    ("newest_user_agent", .string(newest?.userAgent ?? "")),
                ])
            theft = recorder.draft(
                .refreshTokenReuse, realm: realm, status: false, actor: user.id, confirmedBy: "refresh_token",
                source: source, details: [("session", .string(session.id.text))], personal: [both])
            rollback = recorder.draft(
                .refreshAheadOfDatabase, realm: realm, actor: user.id, confirmedBy: "refresh_token", source: source,
                details: [("session", .string(session.id.text))], personal: [both])
        }
    }
}

extension SessionOrigin {
    init(_ source: Source) { self.init(address: source.address, userAgent: source.userAgent) }
}
