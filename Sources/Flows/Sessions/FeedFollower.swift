internal import Domain
internal import Storage

/// Follows what other nodes change, where there are other nodes, and keeps the cache's lease alive by it.
struct FeedFollower: Sendable {
    private static let period = Duration.milliseconds(100)
    private static let pageSize = 512
    let store: any Store
    let live: LiveSessions
    let keys: SigningKeys
    let realms: [RealmName]
    let capabilities: Capabilities

    /// Runs until its task is cancelled. A database that does not answer lets the lease lapse: from then on
    /// every check asks the database itself, and fails with it, rather than believe an old answer.
    func follow(from start: Int64) async {
        var position = start
        while !Task.isCancelled {
            let began = capabilities.monotonic()
            do {
                position = try await catchUp(from: position)
                live.extendLease(from: began)
            } catch {
                capabilities.report(SystemEvent(.warning, "feed_unreadable", "\(error)"))
            }
            guard (try? await capabilities.pause(Self.period)) != nil else { return }
        }
    }

    private func catchUp(from start: Int64) async throws(StoreFault) -> Int64 {
        var position = start
        while true {
            let from = position
            let changes = try await store.read { (reader) throws(StoreFault) in
                try reader.changes(after: from, limit: Self.pageSize)
            }
            for placed in changes {
                // A gap means that entries were pruned before this node saw them: believe nothing it remembers.
                if placed.sequence != position + 1 { try await forgetEverything() }
                // Not passed over when it fails: a key that was retired would be believed until the next start. Before
                // the cache is told, so that no check with the keys from before is kept.
                if case .signingKeys(let realm) = placed.change { try await reload(realm) }
                live.invalidate(placed.change)
                position = placed.sequence
            }
            if changes.count < Self.pageSize { return position }
        }
    }

    /// Takes nothing for known that was read before: not the keys either.
    func forgetEverything() async throws(StoreFault) {
        for realm in realms { try await reload(realm) }
        live.invalidateAll()
    }

    private func reload(_ realm: RealmName) async throws(StoreFault) {
        do { try await keys.load(realm) } catch {
            switch error {
            case .store(let fault): throw fault
            case .wrongMasterKey, .unreadableSigningKey: throw .unavailable("\(error)")
            }
        }
    }
}
