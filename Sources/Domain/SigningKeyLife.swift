/// When one signing key is published, signs, is still believed, and is gone. All times are the database's.
public struct SigningKeyLife: Hashable, Sendable {
    /// The name that tokens call the key by.
    public let kid: String
    public let publishedAt: Timestamp
    /// It signs from here on, until a key with a later beginning does.
    public let signsFrom: Timestamp
    /// Nothing it signed is believed from here on; `nil` while no successor has been published.
    public let retiredAt: Timestamp?

    public init(kid: String, publishedAt: Timestamp, signsFrom: Timestamp, retiredAt: Timestamp?) {
        self.kid = kid
        self.publishedAt = publishedAt
        self.signsFrom = signsFrom
        self.retiredAt = retiredAt
    }

    public func isRetired(at now: Timestamp) -> Bool { retiredAt.map { now >= $0 } ?? false }
}

/// Where a key is in its life.
public enum SigningKeyState: String, CaseIterable, Sendable {
    /// Published, so that every client knows it before its first token arrives.
    case next
    case signing
    /// Signs no more; what it signed is good until it expires.
    case verifying
    case retired
}

/// The keys of one realm, and the rules by which they follow one another.
///
/// A client may keep the published keys for ``documentAge``, so a key signs only after every copy without it has
/// expired, and is published until the last token that it signed has. Both times are decided when the successor is
/// published, so nothing has to happen at the moment itself, and all servers change over together.
public struct SigningKeyRing: Sendable {
    /// How long clients may keep the published keys: the document's `max-age`.
    public static let documentAge = Duration.seconds(300)
    /// Room for servers that learn of a key late, and for clocks that differ.
    public static let margin = Duration.seconds(60)
    /// How long before its first signature a key is published.
    public static let publicationLead = documentAge + margin

    /// In the order in which they sign.
    public let keys: [SigningKeyLife]

    public init(_ keys: [SigningKeyLife]) {
        self.keys = keys.sorted { ($0.signsFrom, $0.publishedAt, $0.kid) < ($1.signsFrom, $1.publishedAt, $1.kid) }
    }

    /// The key that signs: the one that began last. Before the first one has begun, by a clock that is behind, the
    /// first.
    public func signing(at now: Timestamp) -> SigningKeyLife? {
        keys.last { $0.signsFrom <= now && !$0.isRetired(at: now) } ?? keys.first { !$0.isRetired(at: now) }
    }

    /// The key that is published and will sign.
    public func next(at now: Timestamp) -> SigningKeyLife? {
        let current = signing(at: now)?.kid
        return keys.last { !$0.isRetired(at: now) && $0.signsFrom > now && $0.kid != current }
    }

    public func state(of key: SigningKeyLife, at now: Timestamp) -> SigningKeyState {
        if key.isRetired(at: now) { return .retired }
        if key.kid == signing(at: now)?.kid { return .signing }
        return key.signsFrom > now ? .next : .verifying
    }

    /// Whether the successor must be published now, so that no key signs for longer than `period`; never for zero,
    /// unless the key that signs has an end and no successor.
    public func isRotationDue(every period: Duration, at now: Timestamp) -> Bool {
        guard next(at: now) == nil, let current = signing(at: now) else { return false }
        if current.retiredAt != nil { return true }
        guard period > .zero else { return false }
        return now + Self.publicationLead >= current.signsFrom + period
    }

    /// What the keys there are become when a successor begins to sign at `start`: each is believed until its last token,
    /// which lives for `lifetime`, has died.
    public func endings(successorFrom start: Timestamp, tokenLifetime lifetime: Duration) -> [SigningKeyLife] {
        keys.filter { $0.retiredAt == nil }.map {
            SigningKeyLife(
                kid: $0.kid, publishedAt: $0.publishedAt, signsFrom: $0.signsFrom,
                retiredAt: start + lifetime + Self.margin)
        }
    }
}
