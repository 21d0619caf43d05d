internal import Crypto
public import Domain
internal import HTTP
internal import Standards
public import Storage

/// Gives an application's host a session of its own for a code, in the browser that began.
public struct RedeemHandover: Sendable {
    let store: any Store
    let recorder: Recorder
    let accessCookies: AccessCookies
    let capabilities: Capabilities
    let refusals: FoldedRefusals

    public enum Outcome: Sendable { case redeemed(Redeemed), refused(Refusal) }

    public struct Redeemed: Sendable {
        /// The value of the application's access cookie.
        public let accessCookie: String
        /// How long that is good.
        public let life: Duration
        /// A path on the application's host.
        public let returnTo: String
    }

    /// Told apart in the audit only; the browser is told one thing.
    public enum Refusal: String, CaseIterable, Sendable {
        case malformed = "malformed_handover"
        /// Never made, spent, or too old.
        case unknownCode = "unknown_handover"
        /// Made for another host, application or realm.
        case otherHost = "handover_for_other_host"
        /// The browser does not show the cookie that the code is tied to.
        case otherBrowser = "handover_for_other_browser"
        case sessionOver = "session_over"
    }

    private struct Found: Sendable {
        let parent: Session
        let user: User
        let wrapped: [UInt8]?
        /// A session of the same application that hangs on the same one of the person's.
        let child: Session?
    }

    public func callAsFunction(
        code text: ArraySlice<UInt8>, browser cookie: ArraySlice<UInt8>?, on application: Application, in realm: Realm,
        from source: Source
    ) async throws(StoreFault) -> Outcome {
        let outcome = try await redeem(text, cookie, application, realm, source)
        if case .refused(let refusal) = outcome {
            refusals.note(reason: refusal.rawValue, realm: realm, source: source, route: "handover")
        }
        return outcome
    }

    private func redeem(
        _ text: ArraySlice<UInt8>, _ cookie: ArraySlice<UInt8>?, _ application: Application, _ realm: Realm,
        _ source: Source
    ) async throws(StoreFault) -> Outcome {
        guard let code = HandoverCodeText(text) else { return .refused(.malformed) }
        // Spent whatever follows: a code that was shown in the wrong place is a code that somebody else has.
        let consumed = try await store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in
            try tx.consumeCode(code.digest)
        }
        guard let consumed else { return .refused(.unknownCode) }
        guard consumed.realm == realm.name, consumed.application.utf8.elementsEqual(application.name.utf8),
            consumed.host.utf8.elementsEqual(application.origin.authority.utf8)
        else { return .refused(.otherHost) }
        guard let browser = cookie.flatMap({ HandoverCodeText($0) }),
            constantTimeEqual(browser.digest, consumed.browser)
        else { return .refused(.otherBrowser) }
        guard let found = try await find(consumed.session, application, realm) else { return .refused(.sessionOver) }
        return try await begin(found, consumed.returnTo, application, realm, source)
    }

    private func find(
        _ parent: ID<Session>, _ application: Application, _ realm: Realm
    ) async throws(StoreFault) -> Found? {
        try await store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) in
            guard let session = try reader.session(parent, realm: realm.name), session.parent == nil,
                !session.isOver(at: reader.now), let user = try reader.user(session.user, realm: realm.name),
                user.isUsable(at: reader.now)
            else { return nil }
            return Found(
                parent: session, user: user, wrapped: try reader.subjectKey(of: user.id, realm: realm.name),
                child: try Self.child(of: session, application, reader))
        }
    }

    /// The newest that still lives. A person has few sessions; looking at a thousand is enough for anybody.
    private static func child(
        of parent: Session, _ application: Application, _ reader: any StoreReader
    ) throws(StoreFault) -> Session? {
        let sessions = try reader.liveSessions(of: parent.user, realm: parent.realm, after: nil, limit: 1_000)
        return sessions.last { $0.session.parent == parent.id && $0.session.client == application.client }?.session
    }

    private func begin(
        _ found: Found, _ path: String, _ application: Application, _ realm: Realm, _ source: Source
    ) async throws(StoreFault) -> Outcome {
        let id = found.child?.id ?? capabilities.id(Session.self)
        let key = recorder.subjectKeys.open(found.wrapped, for: found.user.id, realm: realm.name)
        let draft = recorder.draft(
            .redeemHandover, realm: realm.name, actor: found.user.id, confirmedBy: "handover_code", source: source,
            details: [
                ("application", .string(application.name)), ("parent", .string(found.parent.id.text)),
                ("session", .string(id.text)),
            ], personal: [recorder.part(key, user: found.user.person, source: source)])
        let begun = try await store.transaction(in: .realm(realm.name)) {
            (tx) throws(StoreFault) -> (Session, Timestamp)? in
            guard let parent = try tx.session(found.parent.id, realm: realm.name), !parent.isOver(at: tx.now)
            else { return nil }
            if let child = found.child {
                // Ended since it was found: the next try makes another one.
                guard let same = try tx.session(child.id, realm: realm.name), !same.isOver(at: tx.now)
                else { return nil }
                try draft.append(to: tx)
                return (same, tx.now)
            }
            let child = Session(id, childOf: parent, client: application.client, at: tx.now)
            try tx.insert(child, origin: SessionOrigin(address: source.address, userAgent: source.userAgent))
            try draft.append(to: tx)
            return (child, tx.now)
        }
        guard let (session, now) = begun else { return .refused(.sessionOver) }
        let expiresAt = min(now + realm.rules.accessLifetime, session.absoluteEnd)
        return .redeemed(
            Redeemed(
                accessCookie: accessCookies.cookie(
                    session: session.id, counter: session.issued, expiresAt: expiresAt, realm: realm.name,
                    client: application.client),
                life: .milliseconds(max(0, expiresAt.milliseconds - now.milliseconds)), returnTo: path))
    }
}
