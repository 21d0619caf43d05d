internal import Crypto
internal import Domain
public import HTTP
public import Storage

/// Finds out which program an API key belongs to, and whether it may use it from where it is.
///
/// Warm, it takes one keyed hash and one lock. A text that was never seen takes a MAC, and only one that this server made
/// for the realm takes a read of the database.
public struct CheckAPIKey: Sendable {
    let store: any Store
    let seals: APIKeySeals
    let live: LiveAPIKeys
    /// `nil` where the settings hold no key.
    let environment: EnvironmentKey?
    let capabilities: Capabilities

    public enum Outcome: Sendable { case accepted(APIKeyHolder), refused(Refusal) }

    /// Told apart in the log only; a client sees one answer.
    public enum Refusal: String, CaseIterable, Error, Sendable {
        case malformed = "key_malformed"
        case unknown = "key_unknown"
        /// The key's own end, or that of the overlap after a rotation.
        case expired = "key_expired"
        case revoked = "key_revoked"
        /// It came from where it may not be used.
        case network = "key_network"
    }

    /// - Parameter isUse: false for looking again, which must not count as a use.
    public func callAsFunction(
        _ text: ArraySlice<UInt8>, in realm: Realm, from address: ClientAddress, isUse: Bool = true
    ) async throws(StoreFault) -> Outcome {
        if let outcome = fromMemory(text, in: realm, from: address, isUse: isUse) { return outcome }
        guard let key = APIKeyText(text) else { return .refused(.malformed) }
        return try await askDatabase(key, live.name(of: text), in: realm.name, from: address, isUse)
    }

    /// The outcome, where it can be told without waiting; `nil` where only the database can say.
    public func fromMemory(
        _ text: ArraySlice<UInt8>, in realm: Realm, from address: ClientAddress, isUse: Bool = true
    ) -> Outcome? {
        let now = capabilities.now()
        if let outcome = live.find(live.name(of: text), in: realm.name, from: address, at: now, isUse: isUse) {
            return outcome
        }
        if let outcome = environment?.check(text, in: realm.name, from: address, at: now) { return outcome }
        guard let key = APIKeyText(text) else { return .refused(.malformed) }
        return seals.isOurs(key, in: realm.name) ? nil : .refused(.unknown)
    }

    /// Who holds a text that was accepted before and still is; `nil` where anything else would have to be asked.
    func remembered(_ text: ArraySlice<UInt8>, in realm: RealmName, from address: ClientAddress) -> APIKeyHolder? {
        let now = capabilities.now()
        let outcome =
            live.find(live.name(of: text), in: realm, from: address, at: now, isUse: false)
            ?? environment?.check(text, in: realm, from: address, at: now)
        guard case .accepted(let holder)? = outcome else { return nil }
        return holder
    }

    private func askDatabase(
        _ key: APIKeyText, _ name: LiveAPIKeys.TextName, in realm: RealmName, from address: ClientAddress,
        _ isUse: Bool
    ) async throws(StoreFault) -> Outcome {
        let mark = live.mark()
        let id = key.id
        let (stored, grants, databaseNow) = try await store.read(in: .realm(realm)) {
            (reader) throws(StoreFault) -> (StoredAPIKey?, Grants, Timestamp) in
            guard let stored = try reader.apiKey(id, realm: realm) else { return (nil, .none, reader.now) }
            return (stored, try stored.grants(reader), reader.now)
        }
        // The later of two clocks: neither may let anything live longer.
        let now = max(capabilities.now(), databaseNow)
        let finding = Self.finding(stored, key.digest, grants, at: now)
        return live.fill(
            LiveAPIKeys.Known(key: id, realm: realm, finding: finding), as: name, since: mark, from: address, at: now,
            isUse: isUse)
    }

    /// The same work whether there is such a key or not.
    private static func finding(
        _ stored: StoredAPIKey?, _ digest: [UInt8], _ grants: Grants, at now: Timestamp
    ) -> LiveAPIKeys.Finding {
        let isPresent = constantTimeEqual(stored?.digest ?? noDigest, digest)
        let isPrevious = constantTimeEqual(stored?.previousDigest ?? noDigest, digest)
        guard let stored, isPresent || isPrevious else { return .refused(.unknown) }
        if stored.revokedAt != nil { return .refused(.revoked) }
        let overlap: Timestamp? = isPresent ? nil : stored.previousUntil ?? stored.createdAt
        let until = [stored.expiresAt, overlap].compactMap(\.self).min()
        if let until, now >= until { return .refused(.expired) }
        // A network that cannot be read must not mean "from anywhere".
        let networks = stored.networks.compactMap { AddressBlock($0) }
        guard networks.count == stored.networks.count else { return .refused(.network) }
        let holder = APIKeyHolder(
            id: stored.id, name: stored.name, realm: stored.realm,
            grants: grants,
            expiresAt: stored.expiresAt, networks: networks)
        return .good(holder, until: until)
    }

    /// No secret has this digest, as far as anybody knows.
    private static let noDigest = [UInt8](repeating: 0, count: 32)
}
