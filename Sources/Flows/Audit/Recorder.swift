internal import Crypto
internal import Domain
internal import Standards
internal import Storage

/// Prepares audit events outside the transaction, so that only the stamp and the row happen inside it.
final class Recorder: Sendable {
    let node: String
    let subjectKeys: SubjectKeys
    private let capabilities: Capabilities
    private let macKey: Secret
    /// Older ones too, each for the rows from before its end.
    private let macKeys: [DataKeys.Key]
    private let identifierKey: Secret

    init?(_ keys: DataKeys, node: String, capabilities: Capabilities) {
        guard let macKey = keys.newest(.eventMAC), let identifierKey = keys.newest(.identifierMAC) else { return nil }
        self.node = node
        self.capabilities = capabilities
        self.macKey = macKey.secret
        macKeys = keys.keys(.eventMAC)
        self.identifierKey = identifierKey.secret
        subjectKeys = SubjectKeys(wrapping: keys.wrapping(random: capabilities.random), random: capabilities.random)
    }

    /// What one subject's part of an event holds; sealed under that subject's key.
    struct PersonalPart: Sendable {
        let key: SubjectKey?
        let details: [(String, JSON)]
    }

    /// An event complete but for its time, which the transaction gives.
    ///
    /// A part whose subject has no key any more, because the person was erased, is left out.
    func draft(
        _ deed: Deed, realm: RealmName, status: Bool = true, actor: ID<User>? = nil, confirmedBy: String,
        source: Source, details: [(String, JSON)] = [], personal: [PersonalPart] = []
    ) -> EventDraft {
        draft(
            did: deed.rawValue, deed.consequences, realm: realm, status: status, actor: actor,
            confirmedBy: confirmedBy, source: source, details: details, personal: personal)
    }

    /// The same for what is not a deed of this server's own.
    func draft(
        did: String, _ consequences: Event.Consequences, realm: RealmName, status: Bool, actor: ID<User>?,
        confirmedBy: String, source: Source, details: [(String, JSON)], personal: [PersonalPart]
    ) -> EventDraft {
        let id = capabilities.id(Event.self)
        let clear =
            details + (source.requestID.isEmpty ? [] : [("request_id", .string(source.requestID))])
            + (source.impersonation?.details ?? [])
        let sealed = (personal + [part(ofImpersonator: source)].compactMap(\.self)).compactMap {
            part -> Event.SealedPart? in
            guard let key = part.key else { return nil }
            return seal(part.details, under: key, event: id)
        }
        return EventDraft(
            event: Event(
                id: id, time: Timestamp(milliseconds: 0), realm: realm, node: node, did: did,
                status: status, confirmedBy: confirmedBy, consequences: consequences, actor: actor,
                details: Self.sortedObject(clear), personal: sealed),
            clear: clear, macKey: macKey)
    }

    /// The personal details of a user who acts, and of where he acts from. Where somebody else acts as him, that is the
    /// other one's place, and not among his details.
    func part(_ key: SubjectKey?, user: Person, source: Source) -> PersonalPart {
        PersonalPart(
            key: key,
            details: [("username", .string(user.username)), ("email", .string(user.email))]
                + (source.impersonation == nil ? Self.origin(of: source) : []))
    }

    /// Of the operator who acts as somebody: sealed under the operator's own key, which is one of the realm `system`.
    private func part(ofImpersonator source: Source) -> PersonalPart? {
        guard let impersonation = source.impersonation else { return nil }
        let key = subjectKeys.open(impersonation.wrappedKey, for: impersonation.impersonator, realm: .system)
        return PersonalPart(
            key: key, details: [("username", .string(impersonation.name))] + Self.origin(of: source))
    }

    /// The personal details of a user whom somebody else changed.
    func part(_ key: SubjectKey?, user: Person) -> PersonalPart {
        PersonalPart(
            key: key, details: [("username", .string(user.username)), ("email", .string(user.email))])
    }

    static func origin(of source: Source) -> [(String, JSON)] {
        [("ip", .string(source.address)), ("user_agent", .string(source.userAgent))]
    }

    /// Stands for an identifier that matched no account: people type passwords there, so it is never kept as typed.
    func anonymous(identifier: String, realm: RealmName) -> [(String, JSON)] {
        let mac = HMAC.sha256(key: identifierKey, Array("\(realm.text)\u{0}\(identifier)".utf8))
        let stars = min(32, (identifier.unicodeScalars.count + 3) / 4 * 4)
        return [
            ("identifier_hmac", .string(Base64URL.encode(Array(mac.prefix(16))))),
            ("identifier_mask", .string(String(repeating: "*", count: stars))),
        ]
    }

    /// A key for look-ups in memory that must not hold what people typed.
    func fingerprint(_ parts: String...) -> ID<Event> {
        let mac = HMAC.sha256(key: identifierKey, Array(parts.joined(separator: "\u{0}").utf8))
        return ID(bytes: mac.prefix(16)) ?? ID(high: 0, low: 0)
    }

    /// True when the row was written by someone who held the key of its time.
    func isAuthentic(_ placed: PlacedEvent) -> Bool {
        let canonical = placed.event.canonical
        return macKeys.contains { key in
            (key.retiredAt.map { placed.event.time <= $0 } ?? true)
                && constantTimeEqual(HMAC.sha256(key: key.secret, canonical), placed.mac)
        }
    }

    /// What a sealed part says; `nil` without the right key.
    func open(_ part: Event.SealedPart, of event: ID<Event>, under key: SubjectKey) -> [(String, JSON)]? {
        guard part.ciphertext.count > AEAD.nonceCount,
            let plain = AEAD.open(
                Array(part.ciphertext.dropFirst(AEAD.nonceCount)), key: key.key,
                nonce: Array(part.ciphertext.prefix(AEAD.nonceCount)),
                associatedData: event.bytes + part.subject.bytes),
            case .object(let members)? = try? JSON.parse(plain)
        else { return nil }
        return members.map { ($0.name, $0.value) }
    }

    private func seal(_ details: [(String, JSON)], under key: SubjectKey, event: ID<Event>) -> Event.SealedPart {
        let nonce = capabilities.random(AEAD.nonceCount)
        let sealed = AEAD.seal(
            Array(Self.sortedObject(details).utf8), key: key.key, nonce: nonce,
            associatedData: event.bytes + key.subject.bytes)
        return Event.SealedPart(subject: key.subject, ciphertext: nonce + sealed)
    }

    fileprivate static func labels(_ details: [(String, JSON)]) -> EventLabels {
        func text(_ name: String) -> String? { details.first { $0.0 == name }?.1.string }
        return EventLabels(
            kind: text("kind") ?? EventLabels.ordinaryKind, application: text("application") ?? "",
            request: text("request_id") ?? "", session: text("session") ?? "")
    }

    /// Members sorted by name: one text for one meaning, so that the MAC is over something definite.
    fileprivate static func sortedObject(_ members: [(String, JSON)]) -> String {
        JSON.object(members.sorted { $0.0 < $1.0 }.map { JSON.Member($0.0, $0.1) }).text
    }
}

extension Impersonation {
    /// What an event says of it in clear: ids, which name nobody by themselves.
    var details: [(String, JSON)] {
        [("impersonated_by", .string(impersonator.text)), ("impersonation", .string(id.text))]
    }
}

/// An event that waits for its transaction.
struct EventDraft: Sendable {
    fileprivate let event: Event
    fileprivate let clear: [(String, JSON)]
    fileprivate let macKey: Secret

    var id: ID<Event> { event.id }

    /// Stamps the database's time, computes the row's MAC, and writes it beside the change it describes.
    ///
    /// - Parameter further: details that only the transaction knows; nothing personal, because they are not sealed.
    func append(
        to transaction: any StoreTransaction, adding further: [(String, JSON)] = []
    ) throws(StoreFault) {
        let clear = clear + further
        let stamped = Event(
            id: event.id, time: transaction.now, realm: event.realm, node: event.node, did: event.did,
            status: event.status, confirmedBy: event.confirmedBy, consequences: event.consequences,
            actor: event.actor, details: further.isEmpty ? event.details : Recorder.sortedObject(clear),
            personal: event.personal)
        try transaction.append(
            stamped, mac: HMAC.sha256(key: macKey, stamped.canonical), labels: Recorder.labels(clear))
    }
}
