internal import Domain
internal import Storage

/// Begins sessions and hands out their tokens: shared by sign-up, sign-in and refresh.
final class SessionStart: Sendable {
    let accessTokens: AccessTokens
    let accessCookies: AccessCookies
    let refreshTokens: RefreshTokens
    let capabilities: Capabilities

    init(
        accessTokens: AccessTokens, accessCookies: AccessCookies, refreshTokens: RefreshTokens,
        capabilities: Capabilities
    ) {
        self.accessTokens = accessTokens
        self.accessCookies = accessCookies
        self.refreshTokens = refreshTokens
        self.capabilities = capabilities
    }

    /// Writes a fresh session; `id` is drawn outside the transaction, which may run twice.
    ///
    /// - Parameter authTime: when the person signed in; now unless told.
    func begin(
        _ id: ID<Session>, user: ID<User>, in realm: Realm, amr: [String], authTime: Timestamp? = nil, source: Source,
        _ tx: any StoreTransaction
    ) throws(StoreFault) -> Session {
        let session = Session(
            id: id, realm: realm.name, user: user, client: Session.nativeClient, issued: .first, confirmedAt: nil,
            createdAt: tx.now, lastActivityAt: tx.now, idleLimit: realm.rules.idleLimit,
            absoluteEnd: tx.now + realm.rules.absoluteLimit, endedAt: nil, amr: amr,
            authTime: authTime ?? tx.now, level: 1)
        try tx.insert(session, origin: SessionOrigin(address: source.address, userAgent: source.userAgent))
        return session
    }

    /// The tokens for a counter of a session, or its cookies' values. Deterministic in the refresh token, fresh in the
    /// access token; `nil` only for a realm without keys.
    ///
    /// `known` is the key of the refresh token that this one follows, where there is one.
    func tokens(
        _ principal: Principal, counter: Counter, in realm: Realm, as transport: Transport,
        known: RefreshTokens.SessionKey? = nil
    ) -> SignedIn? {
        let access: (text: String, expiresAt: Timestamp)
        switch transport {
        case .token:
            guard let minted = accessTokens.mint(principal, counter: counter, in: realm) else { return nil }
            access = minted
        case .cookie:
            let end = min(capabilities.now() + realm.rules.accessLifetime, principal.absoluteEnd)
            let cookie = accessCookies.cookie(
                session: principal.session, counter: counter, expiresAt: end, realm: realm.name,
                client: Session.nativeClient)
            access = (cookie, end)
        }
        let now = capabilities.now()
        return SignedIn(
            user: principal.user, grants: principal.grants, session: principal.session, transport: transport,
            accessToken: access.text, accessExpiresAt: access.expiresAt,
            refreshToken: refreshTokens.token(
                session: principal.session, counter: counter, realm: realm.name, client: Session.nativeClient,
                known: known),
            accessLife: Self.rest(of: access.expiresAt, now), sessionLife: Self.rest(of: principal.absoluteEnd, now))
    }

    private static func rest(of end: Timestamp, _ now: Timestamp) -> Duration {
        let (rest, overflow) = end.milliseconds.subtractingReportingOverflow(now.milliseconds)
        return overflow ? .zero : .milliseconds(max(rest, 0))
    }
}
