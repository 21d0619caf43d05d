internal import Domain
internal import Standards

/// Makes and opens access cookies: what a browser shows instead of an access token, good for as long, and opened
/// without asking a database.
///
/// The head of every credential of a session, see ``SessionRoots``, then the expiry in milliseconds (8) and the whole
/// MAC (32); base64url. Whether the session still lives, and who it belongs to, the cookie does not say.
struct AccessCookies: Sendable {
    /// In characters; all cookies are as long.
    static let textCount = 90
    private static let expiryCount = 8
    private static let macCount = 32
    private static let byteCount = SessionRoots.Head.count + expiryCount + macCount
    private let roots: SessionRoots
    private let now: @Sendable () -> Timestamp

    /// What a cookie with a good MAC says.
    struct Opened: Sendable {
        let session: ID<Session>
        /// The refresh counter that the cookie was made beside, like an access token's `rc`.
        let counter: Counter
        let expiresAt: Timestamp
        let client: String
    }

    init(_ keys: DataKeys, now: @escaping @Sendable () -> Timestamp) {
        roots = SessionRoots(keys, now: now)
        self.now = now
    }

    func cookie(
        session: ID<Session>, counter: Counter, expiresAt: Timestamp, realm: RealmName, client: String
    ) -> String {
        Base64URL.encode(
            roots.seal(
                session: session, counter: counter, tail: expiresAt.milliseconds.bigEndianBytes,
                macCount: Self.macCount, Self.place(realm, client)))
    }

    /// `nil` for anything this server did not make for this realm and client, for an epoch that is over, and from the
    /// millisecond of its expiry on.
    func open(_ cookie: ArraySlice<UInt8>, realm: RealmName, client: String) -> Opened? {
        guard cookie.count == Self.textCount, let bytes = Base64URL.decode(cookie), bytes.count == Self.byteCount,
            let (head, _) = roots.open(bytes, macCount: Self.macCount, Self.place(realm, client))
        else { return nil }
        let expiry = bytes[SessionRoots.Head.count..<SessionRoots.Head.count + Self.expiryCount].bigEndian
        let expiresAt = Timestamp(milliseconds: Int64(bitPattern: expiry))
        guard now() < expiresAt else { return nil }
        return Opened(session: head.session, counter: head.counter, expiresAt: expiresAt, client: client)
    }

    private static func place(_ realm: RealmName, _ client: String) -> SessionRoots.Place {
        SessionRoots.Place(kind: .accessCookie, realm: realm, client: client)
    }
}
