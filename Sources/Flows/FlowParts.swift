internal import Concurrency
internal import Crypto
internal import Domain
internal import Standards
internal import Storage

/// What the flows are made of; each group of them takes what it needs.
final class FlowParts: Sendable {
    let store: any Store
    let recorder: Recorder
    let passwords: Passwords
    let capabilities: Capabilities
    let live: LiveSessions
    let realms: Realms
    let refusals: FoldedRefusals
    let start: SessionStart
    let dataKeys: DataKeys
    let postman: Postman
    let throttles: Throttles
    let proofOfWork: ProofOfWork
    /// Asked wherever somebody chooses a new password.
    let breachedPasswords: BreachedPasswords
    let signUpDefence: SignUpDefence

    init(
        store: any Store, recorder: Recorder, passwords: Passwords, capabilities: Capabilities, live: LiveSessions,
        realms: Realms, refusals: FoldedRefusals, start: SessionStart, dataKeys: DataKeys, postman: Postman,
        throttles: Throttles, proofOfWork: ProofOfWork, breachedPasswords: BreachedPasswords,
        signUpDefence: SignUpDefence
    ) {
        self.store = store
        self.recorder = recorder
        self.passwords = passwords
        self.capabilities = capabilities
        self.live = live
        self.realms = realms
        self.refusals = refusals
        self.start = start
        self.dataKeys = dataKeys
        self.postman = postman
        self.throttles = throttles
        self.proofOfWork = proofOfWork
        self.breachedPasswords = breachedPasswords
        self.signUpDefence = signUpDefence
    }
}

/// Something that has to happen now and then, whether anybody asks or not.
struct Chore: Sendable {
    /// What the system log calls its failure, such as `codes_not_deleted`.
    let fault: String
    let perform: @Sendable () async throws(StoreFault) -> Void
}
