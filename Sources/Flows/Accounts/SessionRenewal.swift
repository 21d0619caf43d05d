internal import Domain
internal import Standards
internal import Storage

/// Puts another session in the place of the one that a person changed their account with: whoever else knew its tokens
/// knows nothing any more.
struct SessionRenewal: Sendable {
    /// The new session's.
    let id: ID<Session>
    private let old: Session
    private let realm: Realm
    private let source: Source
    private let parts: FlowParts

    struct Renewed: Sendable {
        let user: User
        let session: Session
        let grants: Grants
    }

    init(_ believed: Reproof.Believed, in realm: Realm, from source: Source, _ parts: FlowParts) {
        self.init(of: believed.session, in: realm, from: source, parts)
    }

    init(of old: Session, in realm: Realm, from source: Source, _ parts: FlowParts) {
        id = parts.capabilities.id(Session.self)
        self.old = old
        self.realm = realm
        self.source = source
        self.parts = parts
    }

    /// The old session's applications end with it. Nothing is announced: the caller announces the user.
    func renew(endsOthers: Bool, _ tx: any StoreTransaction) throws(StoreFault) -> Renewed {
        guard let user = try tx.user(old.user, realm: realm.name) else {
            throw .unexpected("a session's user is missing")
        }
        _ = try tx.end(old.id, reason: .replacedByNewer)
        if endsOthers { _ = try tx.endSessions(of: old.user, except: nil, reason: .revoked) }
        // A letter's link is no sign-in: what asks for a recent one must not be open because somebody followed it.
        let begun = try parts.start.begin(
            id, user: old.user, in: realm, amr: old.amr, authTime: old.authTime, source: source, tx)
        return Renewed(user: user, session: begun, grants: try tx.grants(of: old.user, realm: realm.name))
    }

    /// `nil`, and nothing changed, where the old one is over by now.
    func renewIfLive(endsOthers: Bool, _ tx: any StoreTransaction) throws(StoreFault) -> Renewed? {
        guard let present = try tx.session(old.id, realm: realm.name), !present.isOver(at: tx.now) else { return nil }
        return try renew(endsOthers: endsOthers, tx)
    }

    /// They travel as those did that proved who asked.
    func tokens(_ renewed: Renewed, provenBy proof: AuthResult.Source) throws(StoreFault) -> SignedIn {
        let transport: Transport
        switch proof {
        case .session: transport = .cookie
        case .bearer, .apiKey: transport = .token
        }
        let principal = Principal(renewed.user.person, renewed.session, grants: renewed.grants)
        guard let tokens = parts.start.tokens(principal, counter: .first, in: realm, as: transport) else {
            throw .unexpected("realm \(realm.name) has no signing key")
        }
        return tokens
    }
}
