internal import Domain
internal import Standards
public import Storage

/// Finds out who a bearer token belongs to, and whether its session still lives.
///
/// Warm, it takes one keyed hash and one lock. A token that was never seen takes one signature more, and one of a session
/// that was never seen one read of the database; only that is waited for.
public struct Authenticate: Sendable {
    let store: any Store
    let accessTokens: AccessTokens
    let live: LiveSessions
    let capabilities: Capabilities

    public enum Outcome: Sendable { case authenticated(Principal), refused(Refusal) }
    /// Told apart in the log only; a client sees one answer.
    public enum Refusal: String, CaseIterable, Error, Sendable {
        case badToken = "bad_token"
        case expired = "token_expired"
        case sessionOver = "session_over"
        case userDisabled = "user_disabled"
    }

    /// - Parameter because: told why a token is no token of this server's, in words for operators only.
    public func callAsFunction(
        bearer token: ArraySlice<UInt8>, in realm: RealmSettings, because: (String) -> Void = { _ in }
    ) async throws(StoreFault) -> Outcome {
        if let outcome = fromMemory(bearer: token, in: realm, because: because) { return outcome }
        return try await askDatabase(token, live.name(of: token), in: realm, isUse: true, because)
    }

    /// The outcome, where it can be told without waiting; `nil` where only the database can say.
    public func fromMemory(
        bearer token: ArraySlice<UInt8>, in realm: RealmSettings, because: (String) -> Void = { _ in }
    ) -> Outcome? {
        let name = live.name(of: token)
        let now = capabilities.now()
        if let principal = live.find(name, in: realm.name, at: now, isUse: true) { return .authenticated(principal) }
        guard live.isUsable else { return nil }
        let verified: LiveSessions.VerifiedToken
        do { verified = try verify(token, name, in: realm, at: now, since: live.mark(), because) } catch {
            live.noteMiss()
            return .refused(error)
        }
        return live.find(verified, in: realm.name, at: now).map { .authenticated($0) }
    }

    /// What is remembered of a token that was presented before; `nil` when only the database can say.
    ///
    /// Looking is no use of the session: an answer that lasts must not keep a session alive by itself.
    func remembered(_ name: LiveSessions.TokenName, in realm: RealmName) -> Principal? {
        live.find(name, in: realm, at: capabilities.now(), isUse: false)
    }

    /// The whole check again, without counting as a use.
    func again(
        bearer token: ArraySlice<UInt8>, _ name: LiveSessions.TokenName, in realm: RealmSettings
    ) async throws(StoreFault) -> Outcome {
        try await askDatabase(token, name, in: realm, isUse: false) { _ in }
    }

    /// What a token says, once it is known to be one: from memory, or by its signature.
    private func verify(
        _ token: ArraySlice<UInt8>, _ name: LiveSessions.TokenName, in realm: RealmSettings, at now: Timestamp,
        since mark: LiveSessions.Mark, _ because: (String) -> Void
    ) throws(Refusal) -> LiveSessions.VerifiedToken {
        if let known = live.verifiedToken(name), known.realm == realm.name {
            guard now < known.expiresAt else { throw .expired }
            return known
        }
        let checked: AccessTokens.Checked
        do { checked = try accessTokens.check(token, in: realm) } catch {
            because("\(error)")
            throw error == .expired ? .expired : .badToken
        }
        let verified = LiveSessions.VerifiedToken(
            session: checked.session, user: checked.user, realm: realm.name, expiresAt: checked.expiresAt,
            counter: checked.counter, kid: checked.kid)
        live.remember(verified, as: name, since: mark)
        return verified
    }

    private func askDatabase(
        _ token: ArraySlice<UInt8>, _ name: LiveSessions.TokenName, in realm: RealmSettings, isUse: Bool,
        _ because: (String) -> Void
    ) async throws(StoreFault) -> Outcome {
        live.noteMiss()
        let now = capabilities.now()
        let mark = live.mark()
        let verified: LiveSessions.VerifiedToken
        do { verified = try verify(token, name, in: realm, at: now, since: mark, because) } catch {
            return .refused(error)
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
        let principal = live.fill(
            Principal(user.person, session, grants: live.shared(grants)), since: mark)
        if isUse, principal.note(counter: verified.counter, at: now) { live.markDirty(principal) }
        return .authenticated(principal)
    }
}
