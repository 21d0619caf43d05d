public import Concurrency
internal import Crypto
internal import Domain
internal import Storage
internal import Synchronization

/// Hashes and verifies passwords in the fair queue, and makes an unknown name cost what a known one costs.
struct Passwords: Sendable {
    let queue: FairQueue
    let parameters: Argon2Parameters
    let recorder: Recorder
    let capabilities: Capabilities
    let memory: PasswordMemory

    func hash(_ password: Secret, source: Source) async throws(FairQueue.Refusal) -> StoredPassword {
        let salt = capabilities.random(PasswordHash.saltCount)
        return try await queue.run(source: source.network, isKnown: false) {
            let hash = PasswordHash.hash(password, parameters: parameters, salt: salt)
            return StoredPassword(hash: Secret(utf8: hash), format: parameters.format)
        }
    }

    /// True only when there is a stored hash and it fits. Without one the same work is done on a dummy whose
    /// format and cost follow the realm's present mix, the same for the same identifier every time.
    func verify(
        _ password: Secret, against stored: StoredPassword?, identifier: String, realm: RealmName, source: Source
    ) async throws(FairQueue.Refusal) -> Bool {
        let account = recorder.fingerprint("known source", realm.text, identifier, source.network)
        let dummy = stored == nil ? memory.dummy(for: recorder.fingerprint("dummy", realm.text, identifier), realm) : nil
        let isKnown = memory.isKnown(account)
        let fits = try await queue.run(source: source.network, isKnown: isKnown) {
            if let stored {
                return PasswordHash.verify(password, String(decoding: stored.hash.exposed, as: UTF8.self))
            }
            _ = PasswordHash.hash(
                password, parameters: dummy ?? parameters, salt: [UInt8](repeating: 0, count: PasswordHash.saltCount))
            return false
        }
        if fits { memory.remember(account) }
        return fits
    }

    /// A new hash where the stored one is weaker than what is wanted today.
    func needsRehash(_ stored: StoredPassword) -> Bool {
        PasswordHash.needsRehash(format: stored.format, wanted: parameters)
    }
}

/// What this node remembers about passwords: never a password, only who signed in from where, and the mix of formats.
final class PasswordMemory: Sendable {
    private struct State {
        var known = TwoGenerations<ID<Event>, Bool>(capacity: 50_000)
        var mix: [RealmName: [(parameters: Argon2Parameters, count: Int64)]] = [:]
    }
    private let state = Mutex(State())

    /// Whether this account signed in from this network lately: such sign-ins keep a lane of their own in the queue.
    func isKnown(_ account: ID<Event>) -> Bool { state.withLock { $0.known.value(for: account) != nil } }
    func remember(_ account: ID<Event>) { state.withLock { $0.known.insert(true, for: account) } }

    func setMix(_ counts: [PasswordFormatCount], realm: RealmName) {
        let mix = counts.compactMap { row in
            Argon2Parameters(format: row.format).map { (parameters: $0, count: row.count) }
        }
        state.withLock { $0.mix[realm] = mix }
    }

    /// Parameters that an account with this fingerprint would plausibly have; `nil` for an empty realm.
    func dummy(for fingerprint: ID<Event>, _ realm: RealmName) -> Argon2Parameters? {
        let mix = state.withLock { $0.mix[realm] ?? [] }
        let total = mix.reduce(0) { $0 + max(0, $1.count) }
        guard total > 0 else { return nil }
        var place = Int64(fingerprint.low % UInt64(total))
        for (parameters, count) in mix {
            place -= max(0, count)
            if place < 0 { return parameters }
        }
        return nil
    }
}
