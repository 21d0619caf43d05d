internal import Crypto
internal import Domain

/// The roots from which a session's credentials derive, one for each epoch, and what those credentials have in common.
///
/// Each begins with version (1) ‖ epoch (2) ‖ session (16) ‖ counter (8), and ends with a MAC under
/// `K = HKDF(root of the epoch, salt: session, info: kind ‖ realm ‖ client)`. The kinds share no key, so that none
/// can be taken for another.
struct SessionRoots: Sendable {
    private let roots: [UInt16: DataKeys.Key]
    private let newest: UInt16
    private let now: @Sendable () -> Timestamp

    /// Raw values are part of every key: they never change.
    enum Kind: String, Sendable {
        case refreshToken = "aldrava refresh 1"
        case accessCookie = "aldrava access cookie 1"
    }

    /// Whose a credential is.
    struct Place: Sendable {
        let kind: Kind
        let realm: RealmName
        let client: String
    }

    /// How a credential begins.
    struct Head: Sendable {
        static let count = 27
        private static let version: UInt8 = 1
        let epoch: UInt16
        let session: ID<Session>
        let counter: Counter

        init(epoch: UInt16, session: ID<Session>, counter: Counter) {
            self.epoch = epoch
            self.session = session
            self.counter = counter
        }

        /// `nil` for another version, and for what no credential says.
        init?(_ bytes: [UInt8]) {
            guard bytes.count >= Self.count, bytes[0] == Self.version, let session = ID<Session>(bytes: bytes[3..<19]),
                let counter = Counter(Int64(bitPattern: bytes[19..<27].bigEndian))
            else { return nil }
            self.init(epoch: UInt16(bytes[1]) << 8 | UInt16(bytes[2]), session: session, counter: counter)
        }

        var bytes: [UInt8] {
            [Self.version, UInt8(epoch >> 8), UInt8(truncatingIfNeeded: epoch)] + session.bytes
                + counter.value.bigEndianBytes
        }
    }

    /// `K` of one session and kind, under the root of one epoch.
    struct SessionKey: Sendable {
        let epoch: UInt16
        private let secret: Secret

        fileprivate init(epoch: UInt16, _ root: DataKeys.Key, _ session: ID<Session>, _ place: Place) {
            self.epoch = epoch
            let info = Array("\(place.kind.rawValue)\u{0}\(place.realm.text)\u{0}\(place.client)".utf8)
            secret = HKDF.sha256(input: root.secret, salt: session.bytes, info: info, count: 32)
        }

        /// All 32 bytes.
        func mac(over body: [UInt8]) -> [UInt8] { HMAC.sha256(key: secret, body) }
    }

    init(_ keys: DataKeys, now: @escaping @Sendable () -> Timestamp) {
        var roots: [UInt16: DataKeys.Key] = [:]
        for key in keys.keys(.refreshRoot) { UInt16(exactly: key.epoch).map { roots[$0] = key } }
        self.roots = roots
        newest = roots.keys.max() ?? 0
        self.now = now
    }

    /// head ‖ tail ‖ the first `macCount` bytes of the MAC over both, under the newest root; empty without any root.
    ///
    /// `known` is the key of another credential of the same session and place, for which it need not be derived again.
    func seal(
        session: ID<Session>, counter: Counter, tail: [UInt8] = [], macCount: Int, _ place: Place,
        known: SessionKey? = nil
    ) -> [UInt8] {
        let body = Head(epoch: newest, session: session, counter: counter).bytes + tail
        if let known, known.epoch == newest { return body + known.mac(over: body).prefix(macCount) }
        guard let root = roots[newest] else { return [] }
        return body + SessionKey(epoch: newest, root, session, place).mac(over: body).prefix(macCount)
    }

    /// `nil` for anything that was not sealed here for this place, and for an epoch that is over. Asks no database.
    func open(_ bytes: [UInt8], macCount: Int, _ place: Place) -> (head: Head, key: SessionKey)? {
        guard bytes.count >= Head.count + macCount, let head = Head(bytes), let root = roots[head.epoch],
            root.retiredAt.map({ now() < $0 }) ?? true
        else { return nil }
        let key = SessionKey(epoch: head.epoch, root, head.session, place)
        let expected = Array(key.mac(over: Array(bytes.dropLast(macCount))).prefix(macCount))
        return constantTimeEqual(expected, Array(bytes.suffix(macCount))) ? (head, key) : nil
    }
}

extension Int64 {
    var bigEndianBytes: [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> Int64($0)) }
    }
}

extension ArraySlice<UInt8> {
    /// At most eight bytes as a number, the first one highest.
    var bigEndian: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
}
