internal import Domain
internal import Storage

/// What holds off attackers.
public struct DefenceFlows: Sendable {
    public let proofOfWork: ProofOfWork
    public let unlockUser: UnlockUser
    /// Done about every ten minutes.
    let chores: [Chore]

    init(_ parts: FlowParts) {
        proofOfWork = parts.proofOfWork
        unlockUser = UnlockUser(store: parts.store, recorder: parts.recorder, throttles: parts.throttles)
        let store = parts.store
        chores = [
            Chore(fault: "throttles_not_deleted") { () throws(StoreFault) in
                // Some at a time: each transaction holds SQLite's only writer.
                let slice = 500
                while try await store.transaction({ (tx) throws(StoreFault) in
                    try tx.deleteThrottles(before: tx.now, limit: slice)
                }) == slice {}
            }
        ]
    }
}
