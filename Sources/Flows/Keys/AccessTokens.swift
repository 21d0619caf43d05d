internal import Crypto
internal import Domain
internal import Standards

/// Makes and checks access tokens: JWTs (RFC 7519) of the profile `at+jwt` (RFC 9068), signed with ES256.
struct AccessTokens: Sendable {
    /// How far another node's clock may be ahead; a node that is further off is not ready.
    private static let clockSkew = Duration.seconds(2)
    let keys: SigningKeys
    let capabilities: Capabilities

    /// What a token with a good signature, for this realm and still alive, says.
    struct Checked: Sendable {
        let session: ID<Session>
        let user: ID<User>
        let expiresAt: Timestamp
        let counter: Int64
    }

    /// `nil` only for a realm without keys. `rc` names the refresh counter, so that using the access token proves
    /// that the reply which carried both arrived.
    func mint(
        _ user: User, grants: Grants, session: Session, counter: Counter, in realm: RealmSettings
    ) -> (text: String, expiresAt: Timestamp)? {
        guard let current = keys.current(of: realm.name) else { return nil }
        let now = capabilities.now()
        let end = min(now + realm.accessLifetime, session.absoluteEnd)
        let expiresAt = Timestamp(seconds: end.seconds) ?? end
        let claims = JSON.object([
            JSON.Member("iss", .string(realm.issuer)),
            JSON.Member("sub", .string(user.id.text)),
            JSON.Member("aud", .string(realm.issuer)),
            JSON.Member("exp", .integer(expiresAt.seconds)),
            JSON.Member("iat", .integer(now.seconds)),
            JSON.Member("jti", .string(capabilities.id(Session.self).text)),
            JSON.Member("sid", .string(session.id.text)),
            JSON.Member("rc", .integer(counter.value)),
            JSON.Member("username", .string(user.username.text)),
            JSON.Member("roles", .array(grants.roles.map { .string($0) })),
            JSON.Member("permissions", .array(grants.permissions.map { .string($0) })),
        ])
        let text = JWT.sign(claims: claims, key: current.signing.key, kid: current.signing.kid)
        return (text, expiresAt)
    }

    func check(_ token: String, in realm: RealmSettings) throws(JWTRefusal) -> Checked {
        let known = keys.current(of: realm.name)?.verifying ?? [:]
        let expected = JWT.Expectations(
            issuer: realm.issuer, audience: realm.issuer, now: capabilities.now(), leeway: Self.clockSkew)
        let claims = try JWT.verify(token, expectations: expected) { kid in known[kid] }
        guard expected.now < claims.expiresAt else { throw .expired }
        guard let user = claims.subject.flatMap({ ID<User>($0) }),
            let session = claims["sid"]?.string.flatMap({ ID<Session>($0) }), let counter = claims["rc"]?.integer
        else { throw .malformedClaims }
        return Checked(session: session, user: user, expiresAt: claims.expiresAt, counter: counter)
    }
}
