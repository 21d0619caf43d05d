internal import Domain
public import Storage

/// What has to happen now and then: writing what this node remembers, and looking at what others changed.
public struct Maintenance: Sendable {
    let store: any Store
    let live: LiveSessions
    let refusals: FoldedRefusals
    let memory: PasswordMemory
    let realms: Realms
    let follower: FeedFollower
    let keys: KeyMaintenance
    let chores: [Chore]
    let capabilities: Capabilities
    /// How long a session's row tells an operator why it ended.
    static let sessionMemory = Duration.seconds(30 * 86_400)

    /// How often it is asked whether something has to be written.
    private static let step = Duration.seconds(1)

    /// Writes sessions' activity, keys' last uses and folded refusals now. Called by ``run()`` and once more before the
    /// end; meanwhile a key's last use is not written more often than once a minute.
    public func flush(isLast: Bool = true) async throws(StoreFault) {
        try await writeActivity()
        var uses = live.apiKeys.takeUses(at: capabilities.monotonic(), isLast: isLast)[...]
        while !uses.isEmpty {
            let slice = Array(uses.prefix(500))
            try await store.transaction { (tx) throws(StoreFault) in try tx.note(slice) }
            uses = uses.dropFirst(slice.count)
        }
        try await refusals.flush()
    }

    private func writeActivity() async throws(StoreFault) {
        var activity = live.takeActivity(at: capabilities.now())[...]
        while !activity.isEmpty {
            let slice = Array(activity.prefix(500))
            try await store.transaction { (tx) throws(StoreFault) in
                // The window after a confirmation is told by the database's clock; this node's may be another.
                let here = capabilities.now()
                try tx.note(slice.map { $0.confirmed(by: tx.now, insteadOf: here) })
            }
            activity = activity.dropFirst(slice.count)
        }
    }

    /// Waits until the next round of writing; what sessions were used is written earlier where one of them would be
    /// taken for idle soon. False when the task was cancelled.
    private func pauseBetweenFlushes() async -> Bool {
        let step = Self.step.wholeMilliseconds
        var sinceActivity: Int64 = 0
        for _ in 0..<max(1, FoldedRefusals.period.wholeMilliseconds / step) {
            guard (try? await capabilities.pause(Self.step)) != nil else { return false }
            sinceActivity += step
            guard sinceActivity + step > live.writingPeriod.wholeMilliseconds else { continue }
            sinceActivity = 0
            await report("flush_failed") { () throws(StoreFault) in try await writeActivity() }
        }
        return true
    }

    /// Says in the database that this server is at work, before anything is done. Throws where the master key was
    /// changed since this server read the keys under it.
    public func enter() async throws(StoreFault) { try await keys.presence.note() }

    /// Tells the other servers, where there are any, that this one has stopped. The last thing before the end.
    public func leave() async throws(StoreFault) { try await keys.presence.end() }

    /// Runs until its task is cancelled.
    public func run() async {
        await report("rewrapping_unfinished") { () throws(StoreFault) in try await keys.finishRewrapping() }
        while !Task.isCancelled {
            await report("mix_unreadable") { () throws(StoreFault) in try await refreshMix() }
            await report("answers_not_forgotten") { () throws(StoreFault) in try await forgetAnswers() }
            await report("sessions_not_deleted") { () throws(StoreFault) in try await deleteEndedSessions() }
            await report("codes_not_deleted") { () throws(StoreFault) in try await deleteExpiredCodes() }
            for chore in chores { await report(chore.fault, chore.perform) }
            for _ in 0..<60 {
                await report("presence_unknown") { () throws(StoreFault) in try await keys.presence.note() }
                await report("key_rotation_failed") { () throws(StoreFault) in
                    try await keys.rotateWhereDue(now: capabilities.now(), report: capabilities.report)
                }
                guard await pauseBetweenFlushes() else { return }
                await report("mix_unreadable") { () throws(StoreFault) in try await refreshMix(onlyNew: true) }
                await report("flush_failed") { () throws(StoreFault) in try await flush(isLast: false) }
            }
        }
    }

    /// Follows the feed until its task is cancelled; returns at once where no other node can change anything.
    public func followFeed() async {
        guard store.isShared else { return }
        var start: FeedHead?
        while start == nil && !Task.isCancelled {
            start = try? await store.readFirst { (reader) throws(StoreFault) in try reader.feedHead() }
            // A fill that began before this place in the feed was known may hold what was changed before it, and so may
            // the keys that were read at the start.
            if start != nil, (try? await follower.forgetEverything()) == nil { start = nil }
            if start == nil { try? await capabilities.pause(.seconds(1)) }
        }
        guard let start else { return }
        await follower.follow(from: start)
    }

    /// Idempotency keys whose time is over, some at a time: each transaction holds SQLite's only writer.
    func forgetAnswers() async throws(StoreFault) {
        let slice = 1_000
        while try await store.transaction({ (tx) throws(StoreFault) in
            try tx.forgetAnswers(before: tx.now - RecordEvents.memory, limit: slice)
        }) == slice {}
    }

    /// Sessions that have been over for long, some at a time. What became of them stays in the events.
    func deleteEndedSessions() async throws(StoreFault) {
        let slice = 250
        while try await store.transaction({ (tx) throws(StoreFault) in
            try tx.deleteEndedSessions(before: tx.now - Self.sessionMemory, limit: slice)
        }) == slice {}
    }

    private func deleteExpiredCodes() async throws(StoreFault) {
        let slice = 500
        while try await store.transaction({ (tx) throws(StoreFault) in
            try tx.deleteExpiredCodes(limit: slice)
        }) == slice {}
    }

    /// - Parameter onlyNew: whether realms are left out that were asked before.
    private func refreshMix(onlyNew: Bool = false) async throws(StoreFault) {
        for realm in realms.loaded.map(\.name) where !(onlyNew && memory.hasMix(of: realm)) {
            let counts = try await store.read { (reader) throws(StoreFault) in try reader.passwordFormats(realm: realm)
            }
            memory.setMix(counts, realm: realm)
        }
    }

    private func report(_ did: String, _ body: () async throws(StoreFault) -> Void) async {
        do { try await body() } catch { capabilities.report(SystemEvent(.warning, did, "\(error)")) }
    }
}

extension SessionActivity {
    fileprivate func confirmed(by there: Timestamp, insteadOf here: Timestamp) -> SessionActivity {
        guard let confirmed else { return self }
        return SessionActivity(
            session: session, lastActivityAt: lastActivityAt,
            confirmed: Confirmation(
                counter: confirmed.counter,
                at: confirmed.at + .milliseconds(there.milliseconds - here.milliseconds)))
    }
}
