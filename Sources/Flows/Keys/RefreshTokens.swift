internal import Domain
internal import Standards

/// Makes and opens refresh tokens. They are derived, so the database holds nothing a thief could use, and the
/// successor of a token is always the same: answering a lost reply again needs no write.
///
/// The head of every credential of a session, see ``SessionRoots``, and the first half of its MAC; base64url.
struct RefreshTokens: Sendable {
    private static let macCount = 16
    private let roots: SessionRoots
    typealias SessionKey = SessionRoots.SessionKey

    /// What a token with a good MAC says.
    struct Presented: Sendable {
        let session: ID<Session>
        let counter: Counter
        /// The successor's too, unless a newer root has come since.
        let key: SessionKey
    }

    init(_ keys: DataKeys, now: @escaping @Sendable () -> Timestamp) { roots = SessionRoots(keys, now: now) }

    /// `known` is the key of the token that this one follows, for which it need not be derived again.
    func token(
        session: ID<Session>, counter: Counter, realm: RealmName, client: String, known: SessionKey? = nil
    ) -> String {
        Base64URL.encode(
            roots.seal(
                session: session, counter: counter, macCount: Self.macCount, Self.place(realm, client), known: known))
    }

    /// `nil` for anything this server did not make for this realm and client, and for an epoch that is over. Asks no
    /// database.
    func open(_ text: String, realm: RealmName, client: String) -> Presented? {
        guard text.utf8.count <= 64, let bytes = Base64URL.decode(text),
            bytes.count == SessionRoots.Head.count + Self.macCount,
            let (head, key) = roots.open(bytes, macCount: Self.macCount, Self.place(realm, client))
        else { return nil }
        return Presented(session: head.session, counter: head.counter, key: key)
    }

    private static func place(_ realm: RealmName, _ client: String) -> SessionRoots.Place {
        SessionRoots.Place(kind: .refreshToken, realm: realm, client: client)
    }
}
