internal import Concurrency
internal import Crypto
internal import Domain
internal import HTTP
internal import Storage

/// What this node remembers of API keys, so that a warm check asks no database: each text that was checked, with what
/// came of it. The rules are those of ``LiveSessions``, which tells this memory of every change.
///
/// What was refused is remembered too, so that a program which goes on with a revoked key costs no read each time. Only
/// texts that this server made come here at all, see ``APIKeySeals``: a stranger cannot fill the memory.
final class LiveAPIKeys: Sendable {
    /// What stands for a key's text here: nobody who is not this process can choose it, or find a text for it.
    typealias TextName = SipHash.Value

    /// What the database said about one text.
    struct Known: Sendable {
        let key: ID<APIKey>
        let realm: RealmName
        let finding: Finding

        fileprivate func isTouched(by change: Change) -> Bool {
            switch change {
            case .apiKey(let id, _): id == key
            case .realm(let name): name == realm
            case .session, .user, .signingKeys: false
            }
        }
    }

    enum Finding: Sendable {
        /// Until then, where there is an end: that of the key, or of the overlap for its former secret.
        case good(APIKeyHolder, until: Timestamp?)
        /// Whatever the time and the caller's address are.
        case refused(CheckAPIKey.Refusal)
    }

    private struct State {
        var texts: TwoGenerations<TextName, Known>
        var changes = RecentChanges()
        var uses: [ID<APIKey>: (at: Timestamp, address: ClientAddress)] = [:]
        /// When a key's use was last written, in milliseconds of the clock that never steps back.
        var written: [ID<APIKey>: Int64] = [:]
    }

    static let standardCapacity = 16_384
    /// A key's last use is written at most this often, in milliseconds.
    static let pace: Int64 = 60_000
    private let names = SipHash()
    private let state: Lock<State>
    private let lease: Lease

    init(capacity: Int = LiveAPIKeys.standardCapacity, lease: Lease) {
        state = Lock(State(texts: TwoGenerations(capacity: capacity)))
        self.lease = lease
    }

    func name(of text: ArraySlice<UInt8>) -> TextName { names.value(of: text) }

    /// What is to be said to a text that is remembered. One lock, no database.
    ///
    /// - Parameter isUse: false for looking only.
    func find(
        _ name: TextName, in realm: RealmName, from address: ClientAddress, at now: Timestamp, isUse: Bool
    ) -> CheckAPIKey.Outcome? {
        let outcome = state.withLock { state -> CheckAPIKey.Outcome? in
            guard let known = state.texts.value(for: name), known.realm == realm else { return nil }
            if case .good(let holder, _) = known.finding, holder.grants.isStale(at: now) { return nil }
            return Self.outcome(of: known, from: address, at: now, isUse: isUse, &state)
        }
        // Last, as for sessions: a process that was stopped in between must not believe what it found before.
        return outcome != nil && lease.isHeld ? outcome : nil
    }

    /// Keeps what was read since `mark`, unless it was changed meanwhile, and says what follows from it now.
    func fill(
        _ known: Known, as name: TextName, since mark: RecentChanges.Mark, from address: ClientAddress,
        at now: Timestamp, isUse: Bool
    ) -> CheckAPIKey.Outcome {
        state.withLock { state in
            if lease.isHeld, !state.changes.since(mark, known.isTouched) { state.texts.insert(known, for: name) }
            return Self.outcome(of: known, from: address, at: now, isUse: isUse, &state)
        }
    }

    private static func outcome(
        of known: Known, from address: ClientAddress, at now: Timestamp, isUse: Bool, _ state: inout State
    ) -> CheckAPIKey.Outcome {
        switch known.finding {
        case .refused(let refusal): return .refused(refusal)
        case .good(let holder, let until):
            if let until, now >= until { return .refused(.expired) }
            guard holder.mayComeFrom(address) else { return .refused(.network) }
            if isUse { state.uses[known.key] = (now, address) }
            return .accepted(holder)
        }
    }

    /// Taken before the reads of a fill.
    func mark() -> RecentChanges.Mark { state.withLock { $0.changes.mark } }

    /// Forgets everything the changes touch.
    func invalidate(_ changes: [Change]) {
        for change in changes {
            switch change {
            case .apiKey, .realm:
                state.withLock { state in
                    state.changes.add(change)
                    state.texts.removeAll { $0.isTouched(by: change) }
                }
            case .session, .user, .signingKeys: break
            }
        }
    }

    func invalidateAll() {
        state.withLock { state in
            state.changes.addEverything()
            state.texts.removeAll { _ in true }
        }
    }

    /// What the database should be told: of each key not more than once a minute, unless this is the end.
    ///
    /// - Parameter now: in milliseconds of the clock that never steps back.
    func takeUses(at now: Int64, isLast: Bool) -> [APIKeyUse] {
        let due = state.withLock { state in
            state.written = state.written.filter { now - $0.value < Self.pace }
            let written = state.written
            let due = state.uses.filter { isLast || written[$0.key] == nil }
            for key in due.keys {
                state.uses[key] = nil
                state.written[key] = now
            }
            return due
        }
        return due.map { APIKeyUse(key: $0.key, at: $0.value.at, address: $0.value.address.description) }
    }

    /// How many texts are remembered.
    var count: Int { state.withLock { $0.texts.count } }
}
