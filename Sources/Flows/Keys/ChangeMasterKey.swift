internal import Crypto
internal import Domain
internal import Standards
public import Storage

/// Puts another master key in the place of the present one, and everything that is secret under new keys.
///
/// One transaction does what cannot be half done: the data keys are wrapped by the new master key, newer ones stand
/// beside them, and the check value is the new one's. Before it the old master key opens the database, after it only
/// the new one does, and everything that was made before is still good. Then each row is moved to the new wrapping key,
/// a slice at a time; a server may run meanwhile, and whoever starts next goes on where it stopped.
public struct ChangeMasterKey: Sendable {
    let store: any Store
    let capabilities: Capabilities
    /// Under which name the event is written.
    let node: String

    /// A server that said it was at work this lately is taken to be.
    static let presence = Duration.seconds(30)
    private static let sliceLength = 250

    public init(store: any Store, capabilities: Capabilities, node: String) {
        self.store = store
        self.capabilities = capabilities
        self.node = node
    }

    public enum Outcome: Sendable, Equatable {
        case changed(Rewrapped)
        /// These servers are at work with the database; they would not know the new key.
        case inUse(by: [String])
        /// Both are one key.
        case same
    }

    /// How much was put under the new wrapping key.
    public struct Rewrapped: Sendable, Equatable {
        public internal(set) var signingKeys = 0
        public internal(set) var subjectKeys = 0

        public var isNothing: Bool { signingKeys == 0 && subjectKeys == 0 }
    }

    /// Whether a database is at this master key.
    public static func recognises(_ master: MasterKey, in store: any Store) async throws(StoreFault) -> Bool {
        let check = try await store.read { (reader) throws(StoreFault) in try reader.setting(DataKeys.checkName) }
        return check.map { constantTimeEqual($0, master.checkValue) } ?? false
    }

    /// `isDisclosed` is for an old key that somebody else may have: whoever had it and a copy of the database could have
    /// taken every key out of it, so no token from before is believed any more and everybody signs in again.
    /// `afterSwitch` is told when only the new key opens the database any more.
    public func callAsFunction(
        from old: MasterKey, to new: MasterKey, isDisclosed: Bool = false,
        afterSwitch: () throws(OpenFault) -> Void = {}
    ) async throws(OpenFault) -> Outcome {
        guard !constantTimeEqual(old.checkValue, new.checkValue) else { return .same }
        let before = try await DataKeys.open(old, in: store, capabilities)
        if let nodes = try await switchOver(before, from: old, to: new, isDisclosed) { return .inUse(by: nodes) }
        try afterSwitch()
        return .changed(try await finish(with: new))
    }

    /// Returns the servers that are in the way.
    private func switchOver(
        _ before: DataKeys, from old: MasterKey, to new: MasterKey, _ isDisclosed: Bool
    ) async throws(OpenFault) -> [String]? {
        let (oldCheck, newCheck) = (old.checkValue, new.checkValue)
        let wrapping = Wrapping(new, random: capabilities.random)
        let epoch = (before.all.map(\.epoch).max() ?? 0) + 1
        let fresh = DataKeys.fresh(capabilities, epoch: epoch)
        let added = fresh.all.map { $0.wrapped(by: wrapping) }
        let kept = before.all
        guard let recorder = Recorder(fresh, node: node, capabilities: capabilities) else { throw .wrongMasterKey }
        let event = recorder.draft(
            .changeMasterKey, realm: .system, confirmedBy: Actor.commandLine.confirmedBy, source: .local,
            details: [("epoch", .integer(epoch)), ("disclosed", .bool(isDisclosed))])
        let rewrapped = kept.map { $0.wrapped(by: wrapping) }
        let outcome: [String]??
        do {
            outcome = try await store.transaction { (tx) throws(StoreFault) -> [String]?? in
                // Of two changes the second one has to see what the first one did, or each would wrap a part of the keys.
                try tx.lockMasterKey()
                guard let check = try tx.setting(DataKeys.checkName), constantTimeEqual(check, oldCheck) else {
                    return .none
                }
                let alive = try tx.nodes(seenSince: tx.now - Self.presence).map(\.name)
                if !alive.isEmpty { return .some(alive) }
                let sessionsEnd = isDisclosed ? tx.now : try tx.lastSessionEnd() ?? tx.now
                for (key, row) in zip(kept, rewrapped) {
                    let end: Timestamp? =
                        switch key.purpose {
                        case .refreshRoot: sessionsEnd
                        case .eventMAC, .identifierMAC: tx.now
                        // Removed when it wraps nothing any more.
                        case .wrapping: nil
                        }
                    try tx.replace(
                        StoredDataKey(
                            purpose: row.purpose, epoch: row.epoch, wrapped: row.wrapped, createdAt: row.createdAt,
                            retiredAt: key.retiredAt ?? end))
                }
                for key in added { try tx.claim(key) }
                if isDisclosed { try Self.retireAll(tx) }
                try tx.setSetting(DataKeys.checkName, to: newCheck)
                try event.append(to: tx)
                return .some(nil)
            }
        } catch { throw .store(error) }
        guard let outcome else { throw .wrongMasterKey }
        return outcome
    }

    /// The next start makes other ones.
    private static func retireAll(_ tx: any StoreTransaction) throws(StoreFault) {
        // No wrapping key has the epoch 0, so these are all.
        for key in try tx.signingKeys(notWrappedUnder: 0) where !key.life.isRetired(at: tx.now) {
            try tx.setTimes(
                ofSigningKey: key.kid, realm: key.realm, signsFrom: key.signsFrom, retiredAt: tx.now)
        }
    }

    /// Moves what is still under an older wrapping key, and removes that key. May be stopped at any moment and called
    /// again, by several servers at once.
    public func finish(with master: MasterKey) async throws(OpenFault) -> Rewrapped {
        let keys = try await DataKeys.open(master, in: store, capabilities)
        return try await finish(keys.wrapping(random: capabilities.random))
    }

    func finish(_ wrapping: Wrapping) async throws(OpenFault) -> Rewrapped {
        var moved = Rewrapped()
        guard !wrapping.olderEpochs.isEmpty else { return moved }
        do {
            moved.signingKeys = try await moveSigningKeys(wrapping)
            moved.subjectKeys = try await moveSubjectKeys(wrapping)
            for epoch in wrapping.olderEpochs {
                _ = try await store.transaction { (tx) throws(StoreFault) in
                    // A signing key that is being inserted is either seen here, or sees that its wrapping key is gone.
                    let realms = Set(try tx.signingKeys(notWrappedUnder: 0).map(\.realm))
                    for realm in realms.sorted(by: { $0.text < $1.text }) { try tx.lockSigningKeys(realm: realm) }
                    return try tx.removeWrappingKey(epoch: epoch)
                }
            }
        } catch let fault as StoreFault { throw .store(fault) } catch let fault as OpenFault { throw fault } catch {
            throw .store(.unexpected("\(error)"))
        }
        return moved
    }

    private func moveSigningKeys(_ wrapping: Wrapping) async throws -> Int {
        let stored = try await store.read { (reader) throws(StoreFault) in
            try reader.signingKeys(notWrappedUnder: wrapping.epoch)
        }
        var moves: [(StoredSigningKey, WrappedKey)] = []
        for key in stored {
            let purpose = SigningKeys.purpose(key.realm)
            guard let secret = wrapping.unwrap(key.wrappedPrivateKey, purpose: purpose) else {
                throw OpenFault.unreadableSigningKey(key.realm)
            }
            moves.append((key, wrapping.wrap(secret, purpose: purpose)))
        }
        let slice = moves
        return try await store.transaction { (tx) throws(StoreFault) in
            var count = 0
            for (old, new) in slice where try tx.replaceWrapped(old, by: new) { count += 1 }
            return count
        }
    }

    private func moveSubjectKeys(_ wrapping: Wrapping) async throws -> Int {
        var count = 0
        var last: StoredSubjectKey?
        while true {
            let from = last
            let page = try await store.read { (reader) throws(StoreFault) in
                try reader.subjectKeys(notWrappedUnder: wrapping.epoch, after: from, limit: Self.sliceLength)
            }
            guard let newest = page.last else { return count }
            last = newest
            var moves: [(StoredSubjectKey, WrappedKey)] = []
            for key in page {
                let purpose = SubjectKeys.purpose(key.subject, key.realm)
                // Damaged, or put there by somebody without the key: it opens nothing, under whatever key it is.
                let secret = wrapping.unwrap(key.wrapped, purpose: purpose)
                moves.append(
                    (
                        key,
                        secret.map { wrapping.wrap($0, purpose: purpose) }
                            ?? WrappedKey(bytes: key.wrapped, epoch: wrapping.epoch)
                    ))
            }
            let slice = moves
            count += try await store.transaction { (tx) throws(StoreFault) in
                var count = 0
                for (old, new) in slice where try tx.replaceWrapped(old, by: new) { count += 1 }
                return count
            }
        }
    }
}
