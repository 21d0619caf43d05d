internal import Crypto
internal import Domain
internal import Standards

/// Turns idempotency keys and requests into what may be stored of them: both may hold something personal, which must not
/// be found out from the database by trying.
struct AnswerKeys: Sendable {
    /// Newest first.
    private let macKeys: [Secret]

    /// What stands for a key, and for what was said under it.
    struct Mark: Sendable {
        let digest: [UInt8]
        let fingerprint: [UInt8]
        /// For an answer that is to be read by nobody who does not know the key.
        let sealingKey: Secret
    }

    /// Also with the keys from before a change of the master key, for as long as an answer from then is remembered.
    init(_ keys: DataKeys, now: Timestamp) {
        macKeys = keys.keys(.identifierMAC).sorted { $0.epoch > $1.epoch }
            .filter { key in key.retiredAt.map { now < $0 + RecordEvents.memory } ?? true }
            .map { HKDF.sha256(input: $0.secret, salt: [], info: Array("aldrava idempotency mac 1".utf8), count: 32) }
    }

    /// One for each key, newest first.
    func marks(of key: [String], saying words: [String]) -> [Mark] {
        macKeys.map {
            Mark(
                digest: Self.mac($0, key), fingerprint: Self.mac($0, words),
                sealingKey: Secret(Self.mac($0, ["seal"] + key)))
        }
    }

    private static func mac(_ key: Secret, _ words: [String]) -> [UInt8] {
        HMAC.sha256(key: key, Array(JSON.array(words.map(JSON.string)).text.utf8))
    }
}
