internal import Concurrency
internal import Crypto
internal import Domain
internal import Standards
internal import Storage

/// Hashes and verifies passwords in the fair queue, and makes an unknown name cost what a known one costs.
struct Passwords: Sendable {
    let queue: FairQueue
    let parameters: Argon2Parameters
    let recorder: Recorder
    let capabilities: Capabilities
    let memory: PasswordMemory

    /// Why there is no hash: the queue said no, or the machine gave no memory.
    enum Fault: Error { case queue(FairQueue.Refusal), hashing(PasswordHashRefusal) }

    func hash(_ password: Secret, source: Source) async throws(Fault) -> StoredPassword {
        let salt = capabilities.random(PasswordHash.saltCount)
        let normalised = PasswordText.forHashing(password)
        let result: Result<String, PasswordHashRefusal>
        do {
            result = try await queue.run(source: source.network, isKnown: false) {
                Result { () throws(PasswordHashRefusal) in
                    try PasswordHash.hash(normalised, salt: salt, parameters: parameters)
                }
            }
        } catch { throw .queue(error) }
        switch result {
        case .success(let hash): return StoredPassword(hash: Secret(utf8: hash), format: parameters.format)
        case .failure(let refusal):
            capabilities.report(SystemEvent(.error, "hash_failed", refusal.rawValue))
            throw .hashing(refusal)
        }
    }

    /// True only when there is a stored hash and it fits. Without one the same work is done on a dummy whose
    /// format and cost follow the realm's present mix, the same for the same identifier every time.
    func verify(
        _ password: Secret, against stored: StoredPassword?, identifier: String, realm: RealmName, source: Source
    ) async throws(Fault) -> Bool {
        let account = recorder.fingerprint("known source", realm.text, identifier, source.network)
        let dummy = memory.dummy(for: recorder.fingerprint("dummy", realm.text, identifier), realm) ?? parameters
        let normalised = PasswordText.forHashing(password)
        let result: Result<Bool, PasswordHashRefusal>
        do {
            result = try await queue.run(source: source.network, isKnown: memory.isKnown(account)) {
                Result { () throws(PasswordHashRefusal) in
                    if let stored {
                        return try PasswordHash.verify(
                            normalised, phc: String(decoding: stored.hash.exposed, as: UTF8.self))
                    }
                    let salt = [UInt8](repeating: 0, count: PasswordHash.saltCount)
                    _ = try PasswordHash.hash(normalised, salt: salt, parameters: dummy)
                    return false
                }
            }
        } catch { throw .queue(error) }
        switch result {
        case .success(let fits):
            if fits { memory.remember(account) }
            return fits
        case .failure(let refusal):
            capabilities.report(SystemEvent(.error, "hash_failed", refusal.rawValue))
            throw .hashing(refusal)
        }
    }

    func needsRehash(_ stored: StoredPassword) -> Bool {
        PasswordHash.needsRehash(String(decoding: stored.hash.exposed, as: UTF8.self), wanted: parameters)
    }
}

/// What this node remembers about passwords: never a password, only who signed in from where, and the mix of formats.
final class PasswordMemory: Sendable {
    private struct State {
        var known = TwoGenerations<ID<Event>, Bool>(capacity: 50_000)
        var mix: [RealmName: [(parameters: Argon2Parameters, count: Int64)]] = [:]
    }
    private let state = Lock(State())

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
