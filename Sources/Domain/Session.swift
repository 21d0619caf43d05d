/// One signed-in device. Nothing in it is secret: its tokens are derived, never stored.
public struct Session: Sendable {
    public let id: ID<Session>
    public let realm: RealmName
    public let user: ID<User>
    /// Which client the tokens are for; `native` is the JSON API's own.
    public let client: String
    /// The counter of the newest refresh token that was issued.
    public let issued: Counter
    /// When some node first saw proof that the client holds the newest token; `nil` until then.
    public let confirmedAt: Timestamp?
    public let createdAt: Timestamp
    public let lastActivityAt: Timestamp
    /// Passed over silently by use: the session dies when it was not used for this long.
    public let idleLimit: Duration
    /// Use does not move it.
    public let absoluteEnd: Timestamp
    public let endedAt: Timestamp?
    /// Authentication methods, RFC 8176 names such as `pwd`.
    public let amr: [String]
    /// When the person last proved who they are (OpenID Connect Core §2).
    public let authTime: Timestamp
    /// Authenticator assurance level, 1 to 3 (NIST SP 800-63B).
    public let level: Int64
    /// The person's own session that this one, an application's, hangs on: it ends when that one does. Never a child
    /// itself.
    public let parent: ID<Session>?
    /// When the token before the newest was first seen to have arrived, at the latest by its exchange; `nil` before that.
    public let previousSeenAt: Timestamp?
    /// What makes it an operator's who acts as the user; `nil` for the user's own.
    public let impersonation: ID<Impersonation>?

    public static let nativeClient = "native"

    public init(
        id: ID<Session>, realm: RealmName, user: ID<User>, client: String, issued: Counter, confirmedAt: Timestamp?,
        createdAt: Timestamp, lastActivityAt: Timestamp, idleLimit: Duration, absoluteEnd: Timestamp,
        endedAt: Timestamp?, amr: [String], authTime: Timestamp, level: Int64, parent: ID<Session>? = nil,
        previousSeenAt: Timestamp? = nil, impersonation: ID<Impersonation>? = nil
    ) {
        self.id = id
        self.realm = realm
        self.user = user
        self.client = client
        self.issued = issued
        self.confirmedAt = confirmedAt
        self.createdAt = createdAt
        self.lastActivityAt = lastActivityAt
        self.idleLimit = idleLimit
        self.absoluteEnd = absoluteEnd
        self.endedAt = endedAt
        self.amr = amr
        self.authTime = authTime
        self.level = level
        self.parent = parent
        self.previousSeenAt = previousSeenAt
        self.impersonation = impersonation
    }

    /// A session of an application beside the person's own: the same proof of who they are, and never a longer life.
    public init(_ id: ID<Session>, childOf parent: Session, client: String, at now: Timestamp) {
        self.init(
            id: id, realm: parent.realm, user: parent.user, client: client, issued: .first, confirmedAt: nil,
            createdAt: now, lastActivityAt: now, idleLimit: parent.idleLimit, absoluteEnd: parent.absoluteEnd,
            endedAt: nil, amr: parent.amr, authTime: parent.authTime, level: parent.level, parent: parent.id,
            impersonation: parent.impersonation)
    }

    public var idleEnd: Timestamp { lastActivityAt + idleLimit }

    /// The boundary millisecond itself is already over.
    public func isOver(at now: Timestamp) -> Bool { endedAt != nil || now >= absoluteEnd || now >= idleEnd }
}

extension Session {
    public enum RefreshVerdict: Hashable, CaseIterable, Sendable {
        case ended
        case rotate
        /// The reply was lost, a second tab asked, or the request was overtaken: the newest token again, without a write.
        case replay
        /// A counter the database has not issued yet: the database was restored from an older copy.
        case fastForward
        /// A spent token, outside the window: everyone holding this family is signed out.
        case theft
    }

    /// Decides, without side effects, how to answer a refresh token whose MAC is good.
    ///
    /// A token is spent once the one after it was seen to have arrived, and is answered for the grace from then on: for a
    /// second tab, and for a request that was overtaken on its way, by one exchange or by two. Of older ones nobody knows
    /// any more when that was. `now` is the database's clock, so two nodes never disagree about the window. `seenAt` is
    /// this node's own memory of a confirmation it has not written yet, told by the same clock; the earlier of the two
    /// counts. Reuse detection follows OAuth 2.0 Security BCP, RFC 9700 §4.14.2. `docs/REFRESH.md` says what follows, and
    /// `Tests/DomainTests/RefreshModel` shows it.
    public func verdict(
        presented: Counter, now: Timestamp, grace: Duration, seenAt: Timestamp? = nil
    ) -> RefreshVerdict {
        if isOver(at: now) { return .ended }
        if presented == issued { return .rotate }
        if presented > issued { return .fastForward }
        let spentAt: Timestamp
        if presented.isPredecessor(of: issued) {
            guard let confirmed = [confirmedAt, seenAt].compactMap(\.self).min() else { return .replay }
            spentAt = confirmed
        } else {
            guard presented.next.isPredecessor(of: issued), let previousSeenAt else { return .theft }
            spentAt = previousSeenAt
        }
        return now < spentAt + grace ? .replay : .theft
    }
}
