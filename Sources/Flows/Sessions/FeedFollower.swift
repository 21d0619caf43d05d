internal import Concurrency
internal import Domain
internal import Storage

/// Follows what other nodes change, where there are other nodes, and keeps the cache's lease alive by it.
struct FeedFollower: Sendable {
    /// Between two looks, where the database tells of changes and where it does not: what a change takes to be seen in 99
    /// of 100 cases must be below 100 ms there too.
    private static let period = Duration.milliseconds(100)
    private static let periodUntold = Duration.milliseconds(40)
    /// However many changes there are, one look is for all of those that happen in this time.
    private static let breather = Duration.milliseconds(2)
    private static let pageSize = 512
    let store: any Store
    let live: LiveSessions
    let realms: Realms
    let capabilities: Capabilities

    /// Runs until its task is cancelled. A database that does not answer lets the lease lapse: from then on
    /// every check asks the database itself, and fails with it, rather than believe an old answer.
    func follow(from start: FeedHead) async {
        let bell = Wakeup()
        store.onChange { bell.ring() }
        async let _ = ring(bell)
        var place = start
        var isListening = false
        var isReadable = true
        while !Task.isCancelled {
            do {
                place = try await look(from: place)
                if !isReadable { capabilities.report(SystemEvent(.info, "feed_readable", "changes are seen again")) }
                isReadable = true
            } catch {
                if isReadable { capabilities.report(SystemEvent(.warning, "feed_unreadable", "\(error)")) }
                isReadable = false
            }
            if store.isListening != isListening {
                isListening.toggle()
                capabilities.report(Self.change(isListening))
            }
            guard (try? await capabilities.pause(Self.breather)) != nil else { return }
            await withTaskCancellationHandler {
                await bell.wait()
            } onCancel: {
                bell.ring()
            }
        }
    }

    /// Rings now and then, whatever the database tells.
    private func ring(_ bell: Wakeup) async {
        while (try? await capabilities.pause(store.isListening ? Self.period : Self.periodUntold)) != nil {
            bell.ring()
        }
    }

    private static func change(_ isListening: Bool) -> SystemEvent {
        isListening
            ? SystemEvent(.info, "feed_told", "the database tells of changes as they happen")
            : SystemEvent(.warning, "feed_untold", "the database does not tell of changes; they are asked for")
    }

    /// One look at what was announced since, after which memory may be believed for a while; when it throws, no longer.
    func look(from place: FeedHead) async throws(StoreFault) -> FeedHead {
        let began = capabilities.monotonic()
        let reached = try await catchUp(from: place)
        live.extendLease(from: began)
        return reached
    }

    private func catchUp(from start: FeedHead) async throws(StoreFault) -> FeedHead {
        var place = start
        while true {
            let from = place
            let (head, changes) = try await store.readFirst { (reader) throws(StoreFault) in
                let head = try reader.feedHead()
                guard head != from, head.server == from.server else { return (head, [PlacedChange]()) }
                return (head, try reader.changes(after: from.sequence, limit: Self.pageSize))
            }
            // A restart, another server, or a copy: this feed may hold other changes below the place that was reached.
            if head.server != from.server || head.sequence < from.sequence {
                try await forgetEverything()
                return head
            }
            for placed in changes {
                // A gap means that entries were pruned before this node saw them: believe nothing it remembers.
                if placed.sequence != place.sequence + 1 { try await forgetEverything() }
                // Not passed over when it fails: a key that was retired would be believed until the next start. Before
                // the cache is told, so that no check with the keys from before is kept.
                switch placed.change {
                case .signingKeys(let realm): try await reloadKeys(of: realm)
                case .realm(let realm): try await realms.reload(realm)
                case .session, .user, .apiKey: break
                }
                live.invalidate(placed.change)
                place = FeedHead(sequence: placed.sequence, server: head.server)
            }
            if changes.isEmpty, head.sequence != place.sequence {
                try await forgetEverything()
                return head
            }
            if changes.count < Self.pageSize { return place }
        }
    }

    /// Takes nothing for known that was read before: not the keys either.
    func forgetEverything() async throws(StoreFault) {
        try await realms.reloadAll()
        live.invalidateAll()
    }

    private func reloadKeys(of realm: RealmName) async throws(StoreFault) {
        do { try await realms.reloadKeys(of: realm) } catch { throw error.asStoreFault }
    }
}
