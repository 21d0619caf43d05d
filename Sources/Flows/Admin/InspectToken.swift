public import Domain
public import Standards
public import Storage

/// Says what a token is and whether it would be accepted now, without using it: nothing is exchanged, ended or noted.
public struct InspectToken: Sendable {
    let store: any Store
    let accessTokens: AccessTokens
    let refreshTokens: RefreshTokens
    let realms: Realms
    let capabilities: Capabilities

    public struct Report: Sendable {
        public let content: Content
        /// The session that the token names, where there is one in this realm.
        public let session: NamedSession?
        public let verdict: Verdict
        public let now: Timestamp
    }

    /// What the token says, believed or not. Never its signature or MAC.
    public enum Content: Sendable {
        case access(header: JSON, claims: JSON)
        case refresh(session: ID<Session>, counter: Int64)
        case neither
    }

    public struct NamedSession: Sendable {
        public let session: Session
        public let user: User
        public let endReason: SessionEnd?
    }

    public enum Verdict: Sendable {
        case accepted
        /// A spent refresh token whose successor nobody has shown yet: the same successor is handed out again.
        case acceptedAgain
        /// A refresh token that this database has not issued yet: it was restored from an older copy.
        case acceptedAhead
        case refused(Reason)
    }

    public enum Reason: Sendable {
        /// Neither of the forms that this server hands out.
        case notAToken
        case malformed(JWTRefusal)
        /// The key that signed it was retired then.
        case keyRetired(Timestamp)
        case otherRealm(RealmName)
        case otherIssuer(named: String, expected: String)
        case expired(Timestamp)
        /// Its MAC was not made by this server for this realm.
        case foreignMAC
        case noSuchSession
        case sessionEnded(Timestamp, SessionEnd?)
        case sessionIdle(Timestamp)
        case sessionAtItsEnd(Timestamp)
        case userDisabled
        /// Spent, and its successor was used: presenting it ends the session.
        case spent(presented: Int64, issued: Int64)
    }

    public func callAsFunction(_ text: String, in realm: Realm) async throws(StoreFault) -> Report {
        if let (session, counter) = RefreshTokens.unproven(text) {
            return try await refresh(text, session, counter, in: realm)
        }
        guard let (header, claims) = Self.parts(of: text) else {
            return Report(
                content: .neither, session: nil, verdict: .refused(.notAToken), now: capabilities.now())
        }
        return try await access(text, header, claims, in: realm)
    }

    private func access(
        _ text: String, _ header: JSON, _ claims: JSON, in realm: Realm
    ) async throws(StoreFault) -> Report {
        let id = claims["sid"]?.string.flatMap { ID<Session>($0) }
        let kid = header["kid"]?.string
        let (named, retired) = try await store.read(in: .realm(realm.name)) {
            (reader) throws(StoreFault) -> (Found?, Timestamp?) in
            let keys = try reader.signingKeys(realm: realm.name)
            let found = try id.map { (id) throws(StoreFault) in try find(id, in: realm.name, reader) } ?? nil
            return (found, keys.first { $0.kid == kid }?.retiredAt)
        }
        let now = capabilities.now()
        let verdict: Verdict
        do {
            _ = try accessTokens.check(Array(text.utf8)[...], in: realm)
            verdict = Self.verdict(named).map { .refused($0) } ?? .accepted
        } catch {
            verdict = .refused(reason(error, claims, retired: retired, in: realm))
        }
        return Report(
            content: .access(header: header, claims: claims), session: named?.session, verdict: verdict, now: now)
    }

    /// What is most useful to know of everything that is wrong: a token of another server or realm fails on its key
    /// first, and that says little.
    private func reason(
        _ refusal: JWTRefusal, _ claims: JSON, retired: Timestamp?, in realm: Realm
    ) -> Reason {
        if let issuer = claims["iss"]?.string, !issuer.utf8.elementsEqual(realm.issuer.utf8) {
            if let other = realms.loaded.first(where: { $0.issuer.utf8.elementsEqual(issuer.utf8) }) {
                return .otherRealm(other.name)
            }
            return .otherIssuer(named: issuer, expected: realm.issuer)
        }
        if refusal == .unknownKey, let retired { return .keyRetired(retired) }
        if refusal == .expired, let seconds = claims["exp"]?.integer, let end = Timestamp(seconds: seconds) {
            return .expired(end)
        }
        return .malformed(refusal)
    }

    private func refresh(
        _ text: String, _ id: ID<Session>, _ counter: Int64, in realm: Realm
    ) async throws(StoreFault) -> Report {
        let named = try await store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) in
            try find(id, in: realm.name, reader)
        }
        let content = Content.refresh(session: id, counter: counter)
        func report(_ verdict: Verdict) -> Report {
            Report(
                content: content, session: named?.session, verdict: verdict,
                now: named?.databaseNow ?? capabilities.now())
        }
        guard let presented = refreshTokens.open(text, realm: realm.name, client: Session.nativeClient) else {
            for other in realms.loaded where other.name != realm.name {
                if refreshTokens.open(text, realm: other.name, client: Session.nativeClient) != nil {
                    return report(.refused(.otherRealm(other.name)))
                }
            }
            return report(.refused(.foreignMAC))
        }
        if let reason = Self.verdict(named) { return report(.refused(reason)) }
        guard let named else { return report(.refused(.noSuchSession)) }
        let session = named.session.session
        switch session.verdict(presented: presented.counter, now: named.databaseNow, grace: realm.rules.refreshGrace) {
        case .ended: return report(.refused(.sessionEnded(named.databaseNow, nil)))
        case .rotate: return report(.accepted)
        case .replay: return report(.acceptedAgain)
        case .fastForward: return report(.acceptedAhead)
        case .theft:
            return report(
                .refused(.spent(presented: presented.counter.value, issued: session.issued.value)))
        }
    }

    private struct Found: Sendable {
        let session: NamedSession
        let databaseNow: Timestamp
    }

    private func find(
        _ id: ID<Session>, in realm: RealmName, _ reader: any StoreReader
    ) throws(StoreFault) -> Found? {
        guard let session = try reader.session(id, realm: realm),
            let user = try reader.user(session.user, realm: realm)
        else { return nil }
        return Found(
            session: NamedSession(session: session, user: user, endReason: try reader.endReason(of: id)),
            databaseNow: reader.now)
    }

    /// Why a session's tokens are refused; `nil` while it lives.
    private static func verdict(_ found: Found?) -> Reason? {
        guard let found else { return .noSuchSession }
        let session = found.session.session
        if let end = session.endedAt { return .sessionEnded(end, found.session.endReason) }
        if found.databaseNow >= session.absoluteEnd { return .sessionAtItsEnd(session.absoluteEnd) }
        if found.databaseNow >= session.idleEnd { return .sessionIdle(session.idleEnd) }
        return found.session.user.isUsable(at: found.databaseNow) ? nil : .userDisabled
    }

    /// Header and claims of a compact JWS (RFC 7515 §7.1), with nothing checked.
    private static func parts(of text: String) -> (JSON, JSON)? {
        let bytes = Array(text.utf8)
        guard bytes.count <= JWS.longest else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let header = try? JSON.parse(header), let claims = try? JSON.parse(claims), header.members != nil,
            claims.members != nil
        else { return nil }
        return (header, claims)
    }
}

extension RefreshTokens {
    /// What a text of the right length says, whoever made it.
    static func unproven(_ text: String) -> (session: ID<Session>, counter: Int64)? {
        guard text.utf8.count <= 64, let bytes = Base64URL.decode(text), bytes.count == 43, bytes[0] == 1,
            let session = ID<Session>(bytes: bytes[3..<19])
        else { return nil }
        return (session, Int64(bitPattern: bytes[19..<27].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))
    }
}
