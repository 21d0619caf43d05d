internal import Crypto
internal import Domain
internal import Standards

/// Makes and checks access tokens: JWTs (RFC 7519) of the profile `at+jwt` (RFC 9068), signed with ES256.
struct AccessTokens: Sendable {
    static let type = "at+jwt"
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
        let text = JWT.sign(claims, key: current.signing.key, kid: current.signing.kid, type: Self.type)
        return (text, expiresAt)
    }

    func check(_ token: String, in realm: RealmSettings) throws(JWTRefusal) -> Checked {
        let known = keys.current(of: realm.name)?.verifying ?? [:]
        let expected = JWT.Expectations(
            type: Self.type, issuer: realm.issuer, audience: realm.issuer, now: capabilities.now(), leeway: .zero)
        let claims = try JWT.verify(token, expected) { kid in known[kid] }
        guard let user = claims.subject.flatMap({ ID<User>($0) }),
            case .string(let sid)? = claims.json["sid"], let session = ID<Session>(sid),
            case .integer(let counter)? = claims.json["rc"]
        else { throw .missingClaim }
        return Checked(session: session, user: user, expiresAt: claims.expiresAt, counter: counter)
    }
}
