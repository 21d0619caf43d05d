internal import Domain
internal import HTTP
internal import Standards
public import Storage

/// Finds out who a request comes from: by its API key, else by its bearer token, else by its session cookie.
///
/// The one function behind every guard. The first credential that holds wins, and a wrong one does not hinder the next.
/// Warm, it takes one keyed hash and one lock. A token that was never seen takes one signature more, and one of a session
/// that was never seen one read of the database; only that is waited for.
public struct Authenticate: Sendable {
    let store: any Store
    let accessTokens: AccessTokens
    let accessCookies: AccessCookies
    let checkAPIKey: CheckAPIKey
    let live: LiveSessions
    let realms: Realms
    let capabilities: Capabilities

    public enum Outcome: Sendable {
        case authenticated(AuthResult)
        case refused
    }

    /// Told apart in the log only; a client sees one answer.
    public enum Refusal: String, CaseIterable, Error, Sendable {
        case badToken = "bad_token"
        case badCookie = "bad_cookie"
        case badKey = "bad_api_key"
        case expired = "token_expired"
        case sessionOver = "session_over"
        case userDisabled = "user_disabled"
    }

    /// What one credential came to.
    private enum Finding {
        case holds(AuthResult)
        case refused(Refusal, String)
        /// Only the database can say.
        case unknown

        init(_ outcome: CheckAPIKey.Outcome) {
            switch outcome {
            case .accepted(let holder): self = .holds(AuthResult(holder))
            case .refused(let refusal): self = .refused(.badKey, refusal.rawValue)
            }
        }
    }

    /// Told of each credential that did not hold, with words for operators only.
    public typealias Because = (_ source: AuthResult.Source, _ refusal: Refusal, _ detail: String) -> Void

    public func callAsFunction(
        _ credentials: Credentials, in realm: Realm, because: Because = { _, _, _ in }
    ) async throws(StoreFault) -> Outcome {
        for source in AuthResult.Source.allCases {
            guard let carried = carried(by: source, credentials) else { continue }
            var finding = look(at: carried, in: realm)
            if case .unknown = finding { finding = try await ask(carried, in: realm, isUse: true) }
            switch finding {
            case .holds(let result): return .authenticated(result)
            case .refused(let refusal, let detail): because(source, refusal, detail)
            case .unknown: because(source, .badKey, "")
            }
        }
        return .refused
    }

    /// The outcome, where it can be told without waiting; `nil` where only the database can say, and then nobody was told
    /// of anything.
    public func fromMemory(
        _ credentials: Credentials, in realm: Realm, because: Because = { _, _, _ in }
    ) -> Outcome? {
        var refused: [(AuthResult.Source, Refusal, String)] = []
        for source in AuthResult.Source.allCases {
            guard let carried = carried(by: source, credentials) else { continue }
            switch look(at: carried, in: realm) {
            case .holds(let result):
                for (source, refusal, detail) in refused { because(source, refusal, detail) }
                return .authenticated(result)
            case .refused(let refusal, let detail): refused.append((source, refusal, detail))
            case .unknown: return nil
            }
        }
        for (source, refusal, detail) in refused { because(source, refusal, detail) }
        return .refused
    }

    /// Whom a bearer token that was presented before speaks for; `nil` where anything else would have to be asked.
    public func remembered(bearer token: ArraySlice<UInt8>, in realm: Realm) -> AuthResult? {
        live.find(live.name(of: token), client: nil, in: realm.name, at: capabilities.now(), isUse: true).map {
            AuthResult($0, by: .bearer)
        }
    }

    /// One credential, as what it is.
    enum Carried: Sendable {
        case key(ArraySlice<UInt8>, from: ClientAddress)
        case token(Token)
    }

    /// A text that names a session.
    struct Token: Sendable {
        let text: ArraySlice<UInt8>
        let name: LiveSessions.TokenName
        /// Whose cookie it is; `nil` for a bearer token.
        let client: String?

        var source: AuthResult.Source { client == nil ? .bearer : .session }
    }

    private func carried(by source: AuthResult.Source, _ credentials: Credentials) -> Carried? {
        switch source {
        case .apiKey: credentials.apiKey.map { .key($0, from: credentials.address) }
        case .bearer: credentials.bearer.map { .token(Token(text: $0, name: live.name(of: $0), client: nil)) }
        case .session:
            credentials.cookie.map {
                .token(Token(text: $0, name: live.name(ofCookie: $0), client: credentials.client))
            }
        }
    }

    private func look(at carried: Carried, in realm: Realm) -> Finding {
        switch carried {
        case .key(let text, let address):
            return checkAPIKey.fromMemory(text, in: realm, from: address).map { Finding($0) } ?? .unknown
        case .token(let token):
            let now = capabilities.now()
            if let principal = live.find(token.name, client: token.client, in: realm.name, at: now, isUse: true) {
                return .holds(AuthResult(principal, by: token.source))
            }
            guard live.isUsable else { return .unknown }
            switch verify(token, in: realm, at: now, since: live.mark()) {
            case .failure(let failure):
                live.noteMiss()
                return .refused(failure.refusal, failure.detail)
            case .success(let verified):
                return live.find(verified, in: realm.name, at: now).map { .holds(AuthResult($0, by: token.source)) }
                    ?? .unknown
            }
        }
    }

    private func ask(_ carried: Carried, in realm: Realm, isUse: Bool) async throws(StoreFault) -> Finding {
        switch carried {
        case .key(let text, let address):
            Finding(try await checkAPIKey(text, in: realm, from: address, isUse: isUse))
        case .token(let token): try await askDatabase(token, in: realm, isUse: isUse)
        }
    }

    /// What is remembered of a credential that was presented before; `nil` when only the database can say.
    ///
    /// Looking is no use of the session: an answer that lasts must not keep a session alive by itself.
    func remembered(_ carried: Carried, in realm: RealmName) -> Grants? {
        switch carried {
        case .key(let text, let address): checkAPIKey.remembered(text, in: realm, from: address)?.grants
        case .token(let token):
            live.find(token.name, client: token.client, in: realm, at: capabilities.now(), isUse: false)?.grants
        }
    }

    /// The whole check again, without counting as a use.
    func again(_ carried: Carried, in realm: Realm) async throws(StoreFault) -> Result<Grants, Refusal> {
        switch try await ask(carried, in: realm, isUse: false) {
        case .holds(let result): .success(result.grants)
        case .refused(let refusal, _): .failure(refusal)
        case .unknown: .failure(.sessionOver)
        }
    }

    /// The credential that proved something, to be asked about again.
    func carried(_ credentials: Credentials, by source: AuthResult.Source) -> Carried? {
        carried(by: source, credentials.only(source))
    }

    private struct Failure: Error {
        let refusal: Refusal
        let detail: String
    }

    /// What a token says, once it is known to be one: from memory, or by its signature.
    private func verify(
        _ token: Token, in realm: Realm, at now: Timestamp, since mark: LiveSessions.Mark
    ) -> Result<LiveSessions.VerifiedToken, Failure> {
        if let known = live.verifiedToken(token.name), known.isFor(realm.name, client: token.client) {
            guard now < known.expiresAt else { return .failure(Failure(refusal: .expired, detail: "")) }
            return .success(known)
        }
        let verified: LiveSessions.VerifiedToken
        if let client = token.client {
            guard let opened = accessCookies.open(token.text, realm: realm.name, client: client) else {
                return .failure(Failure(refusal: .badCookie, detail: "not one of this realm's"))
            }
            guard now < opened.expiresAt else { return .failure(Failure(refusal: .expired, detail: "")) }
            verified = LiveSessions.VerifiedToken(
                session: opened.session, user: .nobody, realm: realm.name, expiresAt: opened.expiresAt,
                counter: opened.counter.value, kid: "", client: client)
        } else {
            do throws(JWTRefusal) {
                let checked = try accessTokens.check(token.text, in: realm)
                verified = LiveSessions.VerifiedToken(
                    session: checked.session, user: checked.user, realm: realm.name, expiresAt: checked.expiresAt,
                    counter: checked.counter, kid: checked.kid, client: nil)
            } catch {
                return .failure(Failure(refusal: error == .expired ? .expired : .badToken, detail: "\(error)"))
            }
        }
        // A request may hold a realm that was read again since it began; the keys of that object follow no change.
        if realms.holds(realm) { live.remember(verified, as: token.name, since: mark) }
        return .success(verified)
    }

    /// - Parameter isDoubted: whether the key in memory is not to be believed, lease or not.
    private func askDatabase(
        _ token: Token, in realm: Realm, isUse: Bool, isDoubted: Bool = false
    ) async throws(StoreFault) -> Finding {
        live.noteMiss()
        let now = capabilities.now()
        let mark = live.mark()
        let verified: LiveSessions.VerifiedToken
        switch verify(token, in: realm, at: now, since: mark) {
        case .success(let found): verified = found
        case .failure(let failure): return .refused(failure.refusal, failure.detail)
        }
        // Without a lease another node may have retired the key, and only the database knows.
        let mustAskForKey = (isDoubted || !live.isUsable) && token.client == nil
        let name = realm.name
        let read = try await store.read(in: .realm(name)) { (reader) throws(StoreFault) -> Found?? in
            if mustAskForKey {
                let key = try reader.signingKeys(realm: name).first { $0.kid == verified.kid }
                guard let key, !key.life.isRetired(at: reader.now) else { return .none }
            }
            guard let session = try reader.session(verified.session, realm: name), verified.speaks(for: session.user),
                let user = try reader.user(session.user, realm: name)
            else { return .some(nil) }
            let acting = try reader.acting(in: session)
            return Found(
                user: user, session: session, grants: acting.limited(try reader.grants(of: user.id, realm: name)),
                acting: acting, now: reader.now)
        }
        // The lease ended while the database was asked.
        if !mustAskForKey, token.client == nil, !live.isUsable {
            return try await askDatabase(token, in: realm, isUse: isUse, isDoubted: true)
        }
        guard let read else { return .refused(.badToken, "its key was retired") }
        guard let read, !isOver(read.session, at: read.now), !read.acting.isOver else {
            return .refused(.sessionOver, "")
        }
        guard read.user.isUsable(at: read.now) else { return .refused(.userDisabled, "") }
        let principal = live.fill(
            Principal(
                read.user.person, read.session, grants: live.shared(read.grants),
                impersonation: read.acting.impersonation), since: mark)
        if isUse, principal.note(counter: verified.counter, at: now, monotonic: live.monotonic) {
            live.markDirty(principal)
        }
        return .holds(AuthResult(principal, by: token.source))
    }

    /// What the database says of a session.
    private struct Found: Sendable {
        let user: User
        let session: Session
        let grants: Grants
        let acting: Acting
        let now: Timestamp
    }

    /// Also by a use that this node has not written yet.
    private func isOver(_ session: Session, at now: Timestamp) -> Bool {
        guard session.isOver(at: now) else { return false }
        guard session.endedAt == nil, let remembered = live.session(session.id) else { return true }
        return remembered.isOver(at: now)
    }
}
