internal import Crypto
internal import Domain
internal import Standards
public import Storage

/// Finds out who a bearer token belongs to, and whether its session still lives.
///
/// Warm, it takes one digest and one lock and never suspends. Cold, one signature and one read.
public struct Authenticate: Sendable {
    let store: any Store
    let accessTokens: AccessTokens
    let live: LiveSessions
    let capabilities: Capabilities

    public enum Outcome: Sendable { case authenticated(Principal), refused(Refusal) }
    /// Told apart in the log only; a client sees one answer.
    public enum Refusal: String, CaseIterable, Sendable {
        case badToken = "bad_token"
        case expired = "token_expired"
        case sessionOver = "session_over"
        case userDisabled = "user_disabled"
    }

    /// - Parameter because: told why a token is no token of this server's, in words for operators only.
    public func callAsFunction(
        bearer token: String, in realm: RealmSettings, because: (String) -> Void = { _ in }
    ) async throws(StoreFault) -> Outcome {
        let digest = Digest.SHA256Value(of: token)
        let now = capabilities.now()
        if let (known, session) = live.find(digest, at: now), known.realm == realm.name {
            if session.note(counter: known.counter, at: now) { live.markDirty(session) }
            return .authenticated(session.principal)
        }
        return try await askDatabase(token, digest, in: realm, at: now, isUse: true, because)
    }

    /// What is remembered of a token that was presented before; `nil` when only the database can say.
    ///
    /// Looking is no use of the session: an answer that lasts must not keep a session alive by itself.
    func remembered(_ digest: Digest.SHA256Value, in realm: RealmName) -> Principal? {
        guard let (known, session) = live.find(digest, at: capabilities.now()), known.realm == realm else { return nil }
        return session.principal
    }

    /// The whole check again, without counting as a use.
    func again(
        bearer token: String, _ digest: Digest.SHA256Value, in realm: RealmSettings
    ) async throws(StoreFault) -> Outcome {
        try await askDatabase(token, digest, in: realm, at: capabilities.now(), isUse: false) { _ in }
    }

    private func askDatabase(
        _ token: String, _ digest: Digest.SHA256Value, in realm: RealmSettings, at now: Timestamp, isUse: Bool,
        _ because: (String) -> Void
    ) async throws(StoreFault) -> Outcome {
        let mark = live.mark()
        let verified: LiveSessions.VerifiedToken
        if let known = live.verifiedToken(digest), known.realm == realm.name {
            guard now < known.expiresAt else { return .refused(.expired) }
            verified = known
        } else {
            do {
                let checked = try accessTokens.check(token, in: realm)
                verified = LiveSessions.VerifiedToken(
                    session: checked.session, user: checked.user, realm: realm.name, expiresAt: checked.expiresAt,
                    counter: checked.counter, kid: checked.kid)
            } catch {
                because("\(error)")
                return .refused(error == .expired ? .expired : .badToken)
            }
            live.remember(verified, digest: digest, since: mark)
        }
        // Without a lease another node may have retired the key, and only the database knows.
        let mustAskForKey = !live.isUsable
        let read = try await store.read { (reader) throws(StoreFault) -> (User, Session, Grants, Timestamp)?? in
            if mustAskForKey {
                let key = try reader.signingKeys(realm: realm.name).first { $0.kid == verified.kid }
                guard let key, !key.life.isRetired(at: reader.now) else { return .none }
            }
            guard let session = try reader.session(verified.session, realm: realm.name),
                session.user == verified.user, let user = try reader.user(session.user, realm: realm.name)
            else { return .some(nil) }
            return (user, session, try reader.grants(of: user.id, realm: realm.name), reader.now)
        }
        guard let read else { return .refused(.badToken) }
        guard let (user, session, grants, databaseNow) = read, !session.isOver(at: databaseNow) else {
            return .refused(.sessionOver)
        }
        guard user.isActive else { return .refused(.userDisabled) }
        let entry = live.fill(Principal(user: user, session: session, grants: grants), since: mark)
        if isUse, entry.note(counter: verified.counter, at: now) { live.markDirty(entry) }
        return .authenticated(entry.principal)
    }
}
