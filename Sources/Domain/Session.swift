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

    public static let nativeClient = "native"

    public init(
        id: ID<Session>, realm: RealmName, user: ID<User>, client: String, issued: Counter, confirmedAt: Timestamp?,
        createdAt: Timestamp, lastActivityAt: Timestamp, idleLimit: Duration, absoluteEnd: Timestamp,
        endedAt: Timestamp?, amr: [String], authTime: Timestamp, level: Int64
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
    }

    public var idleEnd: Timestamp { lastActivityAt + idleLimit }

    /// The boundary millisecond itself is already over.
    public func isOver(at now: Timestamp) -> Bool { endedAt != nil || now >= absoluteEnd || now >= idleEnd }
}

extension Session {
    public enum RefreshVerdict: Hashable, CaseIterable, Sendable {
        case ended
        case rotate
        /// The reply was lost, or a second tab asked: the identical successor again, without a write.
        case replay
        /// A counter the database has not issued yet: the database was restored from an older copy.
        case fastForward
        /// A spent token, outside the window: everyone holding this family is signed out.
        case theft
    }

    /// Decides, without side effects, how to answer a refresh token whose MAC is good.
    ///
    /// `now` is the database's clock, so two nodes never disagree about the window. `seenAt` is this
    /// node's own memory of a confirmation it has not written yet; the earlier of the two counts.
    /// Reuse detection follows OAuth 2.0 Security BCP, RFC 9700 §4.14.2.
    public func verdict(
        presented: Counter, now: Timestamp, grace: Duration, seenAt: Timestamp? = nil
    ) -> RefreshVerdict {
        if isOver(at: now) { return .ended }
        if presented == issued { return .rotate }
        if presented > issued { return .fastForward }
        guard presented.isPredecessor(of: issued) else { return .theft }
        guard let confirmed = [confirmedAt, seenAt].compactMap(\.self).min() else { return .replay }
        return now < confirmed + grace ? .replay : .theft
    }
}
