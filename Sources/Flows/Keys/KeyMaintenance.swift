internal import Crypto
internal import Domain
internal import Storage

/// What has to happen to keys now and then, on whichever server comes first.
struct KeyMaintenance: Sendable {
    let realms: Realms
    let rotate: RotateSigningKey
    let wrapping: Wrapping
    let change: ChangeMasterKey
    let presence: NodePresence

    /// A change of the master key that was interrupted left rows under the wrapping key from before.
    func finishRewrapping() async throws(StoreFault) {
        do { _ = try await change.finish(wrapping) } catch {
            switch error {
            case .store(let fault): throw fault
            case .wrongMasterKey, .unreadableSigningKey: throw .unavailable("\(error)")
            }
        }
    }

    func rotateWhereDue(now: Timestamp, report: (SystemEvent) -> Void) async throws(StoreFault) {
        // A realm that nobody asks for needs no new key; when somebody does, it is in memory.
        for realm in realms.loaded {
            guard case .published(let key) = try await rotate.whereDue(in: realm, now: now) else { continue }
            report(
                SystemEvent(
                    .info, "signing_key_published",
                    "realm \(realm.name): \(key.algorithm) key \(key.kid) signs from \(key.signsFrom.iso8601) on"))
        }
    }
}

/// Says in the database that this server works with it, where others may ask: a change of the master key must not
/// happen under a server that does not know the new one.
struct NodePresence: Sendable {
    let store: any Store
    let id: [UInt8]
    let name: String
    /// The value that the database recognises this server's master key by.
    let check: [UInt8]

    /// A server that began, or slept, while the master key was changed is told so here, and does not count as at work:
    /// a change and this wait for each other, so that one of the two sees the other.
    func note() async throws(StoreFault) {
        guard store.isShared else { return }
        try await store.transaction { (tx) throws(StoreFault) in
            try tx.lockMasterKey()
            guard let present = try tx.setting(DataKeys.checkName), constantTimeEqual(present, check) else {
                throw .unavailable("its master key was changed: start this server again with the present one")
            }
            try tx.noteNode(id, name: name)
        }
    }

    func end() async throws(StoreFault) {
        guard store.isShared else { return }
        try await store.transaction { (tx) throws(StoreFault) in try tx.removeNode(id) }
    }
}
