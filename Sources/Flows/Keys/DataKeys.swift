internal import Crypto
internal import Domain
internal import Storage

/// The keys that the master key wraps, opened: random, stored in the database, and the roots of everything secret.
///
/// Each has an epoch, which counts the changes of the master key. What is made uses the newest; what was made under
/// an older one stays good for as long as that one's row says.
struct DataKeys: Sendable {
    enum Purpose: String, CaseIterable, Sendable {
        /// Wraps signing keys and subjects' keys.
        case wrapping
        /// Makes and checks refresh tokens; an older epoch serves until the last session from before has ended.
        case refreshRoot = "refresh_root"
        /// Makes and checks the MACs of audit rows; an older epoch serves for rows from before its end, for ever.
        case eventMAC = "event_mac"
        /// Stands for identifiers that matched nobody.
        case identifierMAC = "identifier_mac"

        /// What version 1 of the schema derived from the master key; such a database begins with these as epoch 1.
        fileprivate var derivation: String {
            switch self {
            case .wrapping: "wrap 1"
            case .refreshRoot: "refresh root 1"
            case .eventMAC: "event mac 1"
            case .identifierMAC: "identifier mac 1"
            }
        }
    }

    struct Key: Sendable {
        let purpose: Purpose
        let epoch: Int64
        let secret: Secret
        let createdAt: Timestamp
        let retiredAt: Timestamp?

        func wrapped(by wrapping: Wrapping) -> StoredDataKey {
            StoredDataKey(
                purpose: purpose.rawValue, epoch: epoch,
                wrapped: wrapping.wrap(secret, purpose: Self.place(purpose, epoch)).bytes, createdAt: createdAt,
                retiredAt: retiredAt)
        }

        static func place(_ purpose: Purpose, _ epoch: Int64) -> String { "data key \(purpose.rawValue) \(epoch)" }

        func retired(at time: Timestamp) -> Key {
            Key(purpose: purpose, epoch: epoch, secret: secret, createdAt: createdAt, retiredAt: retiredAt ?? time)
        }
    }

    let all: [Key]

    init(_ keys: [Key]) { all = keys }

    /// `nil` unless every one opens under this master key and no purpose is without a key.
    init?(_ stored: [StoredDataKey], master: MasterKey) {
        let wrapping = Wrapping(master, random: { _ in [] })
        var keys: [Key] = []
        for row in stored {
            // A newer version's purpose is not this one's business.
            guard let purpose = Purpose(rawValue: row.purpose) else { continue }
            guard let secret = wrapping.unwrap(row.wrapped, purpose: Key.place(purpose, row.epoch)),
                secret.count == AEAD.keyCount
            else { return nil }
            keys.append(
                Key(
                    purpose: purpose, epoch: row.epoch, secret: secret, createdAt: row.createdAt,
                    retiredAt: row.retiredAt))
        }
        all = keys
        for purpose in Purpose.allCases where newest(purpose) == nil { return nil }
    }

    /// In no particular order.
    func keys(_ purpose: Purpose) -> [Key] { all.filter { $0.purpose == purpose } }

    func newest(_ purpose: Purpose) -> Key? { keys(purpose).max { $0.epoch < $1.epoch } }

    func wrapping(random: @escaping @Sendable (Int) -> [UInt8]) -> Wrapping {
        Wrapping(keys(.wrapping).map { ($0.epoch, $0.secret) }, random: random)
    }
}

extension DataKeys {
    /// For an empty database.
    static func fresh(_ capabilities: Capabilities, epoch: Int64 = 1) -> DataKeys {
        DataKeys(
            Purpose.allCases.map {
                Key(
                    purpose: $0, epoch: epoch, secret: Secret(capabilities.random(AEAD.keyCount)),
                    createdAt: capabilities.now(), retiredAt: nil)
            })
    }

    /// For a database of version 1: the same keys as there, so that tokens, proofs and wrapped keys stay good.
    static func derived(from master: MasterKey, at now: Timestamp) -> DataKeys {
        DataKeys(
            Purpose.allCases.map {
                Key(purpose: $0, epoch: 1, secret: master.derive($0.derivation), createdAt: now, retiredAt: nil)
            })
    }

    static let checkName = "master_key_check"

    /// Opens a database's keys, making them where there are none yet.
    ///
    /// The first master key to come to an empty database is its key until it is changed.
    static func open(
        _ master: MasterKey, in store: any Store, _ capabilities: Capabilities
    ) async throws(OpenFault) -> DataKeys {
        let check = master.checkValue
        let wrapping = Wrapping(master, random: capabilities.random)
        let fresh = Self.fresh(capabilities).all.map { $0.wrapped(by: wrapping) }
        let derived = Self.derived(from: master, at: capabilities.now()).all.map { $0.wrapped(by: wrapping) }
        let stored: [StoredDataKey]?
        do {
            stored = try await store.transaction { (tx) throws(StoreFault) -> [StoredDataKey]? in
                let isFresh = try tx.setting(checkName) == nil
                if isFresh, try tx.claimSetting(checkName, value: check) { for key in fresh { try tx.claim(key) } }
                guard let present = try tx.setting(checkName), constantTimeEqual(present, check) else { return nil }
                if !isFresh, try tx.dataKeys().isEmpty { for key in derived { try tx.claim(key) } }
                return try tx.dataKeys()
            }
        } catch { throw .store(error) }
        guard let stored, let keys = DataKeys(stored, master: master) else { throw .wrongMasterKey }
        return keys
    }
}
