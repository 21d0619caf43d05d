internal import Concurrency
internal import Domain
internal import HTTP
internal import Standards

/// Makes assertions: what a proxy hands to an application so that the application need not believe the proxy's word.
///
/// A JWT of a type of its own, which is good for no more than a minute, for one application, host and method. It is no
/// credential: nothing here accepts it, and it says only what was true of a request that was let through.
///
/// Signing costs more than the rest of a check, so an assertion is used again while half of its life remains. Whether
/// the request may pass is asked every time all the same: the one that is kept outlives no session by more than it says.
final class Assertions: Sendable {
    /// `typ` of an assertion; no access token has it (RFC 8725 §3.11).
    static let typ = "aldrava-assertion+jwt"
    /// In seconds.
    static let lifetime: Int64 = 60
    /// How many are kept: some 16 MiB of them.
    static let standardCapacity = 16_384

    /// What an assertion is kept under.
    private struct Key: Hashable {
        let realm: RealmName
        let holder: Holder
        let source: AuthResult.Source
        let origin: HTTP.Origin
        let method: String?
    }

    private enum Holder: Hashable {
        case session(ID<Session>)
        case service(String)
    }

    /// The whole answer that an assertion is part of, so that nothing of it has to be written again.
    private final class Kept: Sendable {
        let answer: Headers
        let result: AuthResult
        let kid: String
        let issuer: String
        let issuedAt: Timestamp
        /// From when on it is too old to be handed out.
        let staleAt: Timestamp

        init(
            _ answer: Headers, to result: AuthResult, kid: String, issuer: String, issuedAt: Timestamp,
            staleAt: Timestamp
        ) {
            self.answer = answer
            self.result = result
            self.kid = kid
            self.issuer = issuer
            self.issuedAt = issuedAt
            self.staleAt = staleAt
        }
    }

    private let kept: Lock<TwoGenerations<Key, Kept>>
    private let keys: SigningKeys
    private let capabilities: Capabilities

    init(keys: SigningKeys, capabilities: Capabilities, capacity: Int = standardCapacity) {
        self.keys = keys
        self.capabilities = capabilities
        kept = Lock(TwoGenerations(capacity: capacity))
    }

    /// How many are kept.
    var count: Int { kept.withLock { $0.count } }

    /// An answer with an assertion, from memory where there is one; `nil` only for a realm without keys.
    ///
    /// - Parameters:
    ///   - origin: the application's, which is also the audience.
    ///   - method: as the proxy named it; without one the assertion is good for no method.
    ///   - write: makes the answer of who it is and the assertion, and of nothing else.
    func answer(
        _ result: AuthResult, for origin: HTTP.Origin, method: String?, in realm: Realm,
        _ write: (AuthResult, String) -> Headers
    ) -> Headers? {
        let now = capabilities.now()
        guard let signing = keys.current(of: realm)?.signing(at: now) else { return nil }
        let holder: Holder =
            switch result.holder {
            case .person(let principal): .session(principal.session)
            case .service(let service): .service(service.name)
            }
        let key = Key(realm: realm.name, holder: holder, source: result.source, origin: origin, method: method)
        if let found = kept.withLock({ $0.value(for: key) }), now < found.staleAt, now >= found.issuedAt,
            found.kid == signing.life.kid, found.issuer == realm.issuer, found.result.saysTheSame(as: result)
        {
            return found.answer
        }
        let fresh = make(result, for: origin, method: method, in: realm, signing, at: now, write)
        kept.withLock { $0.insert(fresh, for: key) }
        return fresh.answer
    }

    private func make(
        _ result: AuthResult, for origin: HTTP.Origin, method: String?, in realm: Realm, _ signing: SigningKeys.Opened,
        at now: Timestamp, _ write: (AuthResult, String) -> Headers
    ) -> Kept {
        let ends = [
            now + .seconds(Self.lifetime), result.principal?.absoluteEnd, signing.life.retiredAt,
            result.grants.staleAt,
        ].compactMap(\.self)
        let end = ends.min() ?? now
        var claims = [
            JSON.Member("iss", .string(realm.issuer)),
            JSON.Member("aud", .string(origin.description)),
            JSON.Member("sub", .string(result.userId)),
            JSON.Member("host", .string(origin.authority)),
            JSON.Member("iat", .integer(now.seconds)),
            JSON.Member("exp", .integer(end.seconds)),
        ]
        claims += CarriedAccess(result.grants).claims
        if let session = result.session { claims.append(JSON.Member("sid", .string(session.text))) }
        if let impersonation = result.principal?.impersonation { claims.append(impersonation.claim) }
        if let method { claims.append(JSON.Member("htm", .string(method))) }
        let text = JWT.sign(claims: .object(claims), key: signing.key, kid: signing.life.kid, typ: Self.typ)
        let expiry = Timestamp(seconds: end.seconds) ?? end
        let life = expiry.milliseconds - now.milliseconds
        return Kept(
            write(result, text), to: result, kid: signing.life.kid, issuer: realm.issuer, issuedAt: now,
            staleAt: expiry - .milliseconds(min(life / 2, Self.lifetime * 500)))
    }
}

extension AuthResult {
    /// Whether the same answer fits both. Mostly it is one object: another takes its place when anything changes.
    fileprivate func saysTheSame(as other: AuthResult) -> Bool {
        switch (holder, other.holder) {
        case (.person(let left), .person(let right)):
            left === right
                || left.user.id == right.user.id && left.impersonation == right.impersonation
                    && left.user.username.utf8.elementsEqual(right.user.username.utf8)
                    && left.grants.isSpelled(as: right.grants)
        case (.service(let left), .service(let right)): left === right || left.grants.isSpelled(as: right.grants)
        case (.person, .service), (.service, .person): false
        }
    }
}
