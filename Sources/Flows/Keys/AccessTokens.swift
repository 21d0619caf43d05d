internal import Crypto
internal import Domain
internal import Standards

/// Makes and checks access tokens: JWTs (RFC 7519) of the profile `at+jwt` (RFC 9068), signed with the realm's key.
struct AccessTokens: Sendable {
    /// How far another node's clock may be ahead; a node that is further off is not ready.
    private static let clockSkew = Duration.seconds(2)
    let keys: SigningKeys
    let capabilities: Capabilities

    /// What a token with a good signature, for this realm and still alive, says.
    struct Checked: Sendable {
        let session: ID<Session>
        let user: ID<User>
        /// The token's end, or its key's where that is earlier.
        let expiresAt: Timestamp
        let counter: Int64
        /// The key that signed it.
        let kid: String
    }

    /// `nil` only for a realm without keys. `rc` names the refresh counter, so that using the access token proves
    /// that the reply which carried both arrived.
    func mint(
        _ principal: Principal, counter: Counter, in realm: Realm
    ) -> (text: String, expiresAt: Timestamp)? {
        let now = capabilities.now()
        guard let signing = keys.current(of: realm)?.signing(at: now) else { return nil }
        // A token says what is held, so it ends when something of that does. A key's end is decided by the lifetime of the
        // time when its successor was published.
        let end = min(
            now + realm.rules.accessLifetime, principal.absoluteEnd, signing.life.retiredAt ?? principal.absoluteEnd,
            principal.grants.staleAt ?? principal.absoluteEnd)
        let expiresAt = Timestamp(seconds: end.seconds) ?? end
        var claims = [
            JSON.Member("iss", .string(realm.issuer)),
            JSON.Member("sub", .string(principal.user.id.text)),
            JSON.Member("aud", .string(realm.issuer)),
            JSON.Member("exp", .integer(expiresAt.seconds)),
            JSON.Member("iat", .integer(now.seconds)),
            JSON.Member("jti", .string(capabilities.id(Session.self).text)),
            JSON.Member("sid", .string(principal.session.text)),
            JSON.Member("rc", .integer(counter.value)),
            JSON.Member("username", .string(principal.user.username)),
        ]
        claims += CarriedAccess(principal.grants).claims
        if let impersonation = principal.impersonation { claims.append(impersonation.claim) }
        let text = JWT.sign(claims: .object(claims), key: signing.key, kid: signing.life.kid)
        return (text, expiresAt)
    }

    func check(_ token: ArraySlice<UInt8>, in realm: Realm) throws(JWTRefusal) -> Checked {
        let known = keys.current(of: realm)
        var signedBy: SigningKeyLife?
        let expected = JWT.Expectations(
            issuer: realm.issuer, audience: realm.issuer, now: capabilities.now(), leeway: Self.clockSkew)
        func take(_ key: SigningKeys.Opened?) -> VerificationKey? {
            signedBy = key?.life
            return key?.key.verificationKey
        }
        let claims = try JWT.verify(
            token, expectations: expected, known: { take(known?.believed(header: $0, at: expected.now)) },
            key: { take(known?.believed($0, at: expected.now)) })
        guard expected.now < claims.expiresAt else { throw .expired }
        guard let signedBy else { throw .unknownKey }
        guard let user = claims.subject.flatMap({ ID<User>($0) }),
            let session = claims["sid"]?.string.flatMap({ ID<Session>($0) }), let counter = claims["rc"]?.integer
        else { throw .malformedClaims }
        return Checked(
            session: session, user: user, expiresAt: min(claims.expiresAt, signedBy.retiredAt ?? claims.expiresAt),
            counter: counter, kid: signedBy.kid)
    }
}

extension Impersonation {
    /// Who acts, and for whom the token speaks is its subject (RFC 8693 §4.1).
    var claim: JSON.Member {
        JSON.Member("act", .object([JSON.Member("sub", .string(impersonator.text))]))
    }
}
