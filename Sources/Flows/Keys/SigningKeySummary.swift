public import Domain
public import Storage

/// What may be said about a signing key.
public struct SigningKeySummary: Hashable, Sendable {
    public let kid: String
    /// Such as `ES256` (RFC 7518 §3.1).
    public let algorithm: String
    public let state: SigningKeyState
    public let publishedAt: Timestamp
    public let signsFrom: Timestamp
    /// When the next key takes over, or took over; `nil` while there is none.
    public let signsUntil: Timestamp?
    /// From when on nothing it signed is believed; `nil` while that is not decided.
    public let retiredAt: Timestamp?

    /// All keys of a realm in the order in which they sign.
    static func all(_ stored: [StoredSigningKey], at now: Timestamp) -> [SigningKeySummary] {
        let ring = SigningKeyRing(stored.map(\.life))
        return ring.keys.enumerated().map { place, key in
            // A key that was withdrawn before its time never took over.
            let successor = ring.keys[(place + 1)...].first { next in
                next.retiredAt.map { next.signsFrom < $0 } ?? true
            }
            // Nor did such a key ever sign.
            let everSigned = key.retiredAt.map { key.signsFrom < $0 } ?? true
            let ends = everSigned ? [successor?.signsFrom, key.retiredAt].compactMap { $0 }.min() : nil
            return SigningKeySummary(
                kid: key.kid, algorithm: stored.first { $0.kid == key.kid }?.algorithm ?? "",
                state: ring.state(of: key, at: now), publishedAt: key.publishedAt, signsFrom: key.signsFrom,
                signsUntil: ends, retiredAt: key.retiredAt)
        }
    }
}

/// Shows a realm's signing keys, retired ones included.
public struct ListSigningKeys: Sendable {
    let store: any Store

    public func callAsFunction(in realm: RealmName) async throws(StoreFault) -> [SigningKeySummary] {
        try await store.read(in: .realm(realm)) { (reader) throws(StoreFault) in
            SigningKeySummary.all(try reader.signingKeys(realm: realm), at: reader.now)
        }
    }
}
