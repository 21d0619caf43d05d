internal import Concurrency
internal import Crypto
internal import Domain
internal import Standards
internal import Storage

/// Hashes and verifies passwords in the fair queue, and makes an unknown name cost what a known one costs.
final class Passwords: Sendable {
    let queue: FairQueue
    let parameters: Argon2Parameters
    let recorder: Recorder
    let capabilities: Capabilities
    let memory: PasswordMemory

    init(
        queue: FairQueue, parameters: Argon2Parameters, recorder: Recorder, capabilities: Capabilities,
        memory: PasswordMemory
    ) {
        self.queue = queue
        self.parameters = parameters
        self.recorder = recorder
        self.capabilities = capabilities
        self.memory = memory
    }

    /// Why there is no hash: the queue said no, or the machine gave no memory.
    enum Fault: Error { case queue(FairQueue.Refusal), hashing(PasswordHashRefusal) }

    func hash(_ password: Secret, source: Source) async throws(Fault) -> StoredPassword {
        let salt = capabilities.random(PasswordHash.saltCount)
        let normalised = PasswordText.forHashing(password)
        let result: Result<String, PasswordHashRefusal>
        do {
            result = try await queue.run(source: source.network, isKnown: false) {
                Result { () throws(PasswordHashRefusal) in
                    try PasswordHash.hash(normalised, salt: salt, parameters: self.parameters)
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
        let dummy = memory.dummy(for: recorder.fingerprint("dummy", realm.text, identifier), realm)
        // Reading the text is a part of the work, so that it is done for the dummy too.
        guard let compared = stored?.hash ?? dummy else { throw .hashing(.unsupported) }
        let normalised = PasswordText.forHashing(password)
        let result: Result<Bool, PasswordHashRefusal>
        do {
            result = try await queue.run(source: source.network, isKnown: memory.isKnown(account)) {
                Result { () throws(PasswordHashRefusal) in
                    switch StoredHash.read(String(decoding: compared.exposed, as: UTF8.self)) {
                    case .success(let hash): try hash.fits(password, normalised: normalised) && stored != nil
                    case .failure(let problem): throw PasswordHashRefusal(problem)
                    }
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
        if stored.format == parameters.format { return false }
        switch StoredHash.read(String(decoding: stored.hash.exposed, as: UTF8.self)) {
        case .success(let hash): return hash.needsRehash(wanted: parameters)
        case .failure: return true
        }
    }
}
