internal import Domain
public import Storage

/// What has to happen now and then: writing what this node remembers, and looking at what others changed.
public struct Maintenance: Sendable {
    let store: any Store
    let live: LiveSessions
    let refusals: FoldedRefusals
    let memory: PasswordMemory
    let realms: [RealmName]
    let follower: FeedFollower
    let keys: KeyMaintenance
    let capabilities: Capabilities

    /// Writes sessions' activity and folded refusals now. Called by ``run()`` and once more before the end.
    public func flush() async throws(StoreFault) {
        var activity = live.takeActivity()[...]
        while !activity.isEmpty {
            let slice = Array(activity.prefix(500))
            try await store.transaction { (tx) throws(StoreFault) in try tx.note(slice) }
            activity = activity.dropFirst(slice.count)
        }
        try await refusals.flush()
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
            for _ in 0..<60 {
                await report("presence_unknown") { () throws(StoreFault) in try await keys.presence.note() }
                await report("key_rotation_failed") { () throws(StoreFault) in
                    try await keys.rotateWhereDue(now: capabilities.now(), report: capabilities.report)
                }
                guard (try? await capabilities.pause(FoldedRefusals.period)) != nil else { return }
                await report("flush_failed") { () throws(StoreFault) in try await flush() }
            }
        }
    }

    /// Follows the feed until its task is cancelled; returns at once where no other node can change anything.
    public func followFeed() async {
        guard store.isShared else { return }
        var start: Int64?
        while start == nil && !Task.isCancelled {
            start = try? await store.read { (reader) throws(StoreFault) in try reader.feedPosition() }
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

    private func refreshMix() async throws(StoreFault) {
        for realm in realms {
            let counts = try await store.read { (reader) throws(StoreFault) in try reader.passwordFormats(realm: realm)
            }
            memory.setMix(counts, realm: realm)
        }
    }

    private func report(_ did: String, _ body: () async throws(StoreFault) -> Void) async {
        do { try await body() } catch { capabilities.report(SystemEvent(.warning, did, "\(error)")) }
    }
}
