internal import Concurrency
internal import Crypto
internal import Domain
internal import Storage

/// What this node remembers about passwords: never a password, only who signed in from where, and the mix of formats.
final class PasswordMemory: Sendable {
    private struct Share: Sendable {
        let dummy: Secret
        let count: Int64
    }
    private struct State {
        var known = TwoGenerations<ID<Event>, Bool>(capacity: 50_000)
        var mix: [RealmName: [Share]] = [:]
    }
    private let state = Lock(State())
    /// What stands for an account of a realm that has none yet.
    private let usual: Secret?

    /// - Parameter parameters: what new hashes cost.
    init(parameters: Argon2Parameters) { usual = StoredHash.dummy(format: parameters.format)?.canonical }

    /// Whether this account signed in from this network lately: such sign-ins keep a lane of their own in the queue.
    func isKnown(_ account: ID<Event>) -> Bool { state.withLock { $0.known.value(for: account) != nil } }
    func remember(_ account: ID<Event>) { state.withLock { $0.known.insert(true, for: account) } }

    func setMix(_ counts: [PasswordFormatCount], realm: RealmName) {
        let mix = counts.compactMap { row in
            row.count > 0
                ? StoredHash.dummy(format: row.format).map { Share(dummy: $0.canonical, count: row.count) } : nil
        }
        state.withLock { $0.mix[realm] = mix }
    }

    func hasMix(of realm: RealmName) -> Bool { state.withLock { $0.mix[realm] != nil } }

    /// A stored hash that an account with this fingerprint would plausibly have, and that fits no password.
    func dummy(for fingerprint: ID<Event>, _ realm: RealmName) -> Secret? {
        let mix = state.withLock { $0.mix[realm] ?? [] }
        let total = mix.reduce(0) { $0 + $1.count }
        guard total > 0 else { return usual }
        var place = Int64(fingerprint.low % UInt64(total))
        for share in mix {
            place -= share.count
            if place < 0 { return share.dummy }
        }
        return usual
    }
}
