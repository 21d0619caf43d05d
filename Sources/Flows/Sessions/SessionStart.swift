internal import Domain
internal import Storage

/// Begins sessions and hands out their tokens: shared by sign-up, sign-in and refresh.
struct SessionStart: Sendable {
    let accessTokens: AccessTokens
    let refreshTokens: RefreshTokens
    let capabilities: Capabilities

    /// Writes a fresh session; `id` is drawn outside the transaction, which may run twice.
    func begin(
        _ id: ID<Session>, user: ID<User>, in realm: RealmSettings, amr: [String], source: Source,
        _ tx: any StoreTransaction
    ) throws(StoreFault) -> Session {
        let session = Session(
            id: id, realm: realm.name, user: user, client: Session.nativeClient, issued: .first, confirmedAt: nil,
            createdAt: tx.now, lastActivityAt: tx.now, idleLimit: realm.idleLimit,
            absoluteEnd: tx.now + realm.absoluteLimit, endedAt: nil, amr: amr, authTime: tx.now, level: 1)
        try tx.insert(session, origin: SessionOrigin(address: source.address, userAgent: source.userAgent))
        return session
    }

    /// The tokens for a counter of a session. Deterministic in the refresh token, fresh in the access token.
    ///
    /// `known` is the key of the refresh token that this one follows, where there is one.
    func tokens(
        _ principal: Principal, counter: Counter, in realm: RealmSettings, known: RefreshTokens.SessionKey? = nil
    ) -> SignedIn? {
        guard let access = accessTokens.mint(principal, counter: counter, in: realm) else { return nil }
        return SignedIn(
            user: principal.user, grants: principal.grants, accessToken: access.text,
            accessExpiresAt: access.expiresAt,
            refreshToken: refreshTokens.token(
                session: principal.session, counter: counter, realm: realm.name, client: Session.nativeClient,
                known: known))
    }
}
