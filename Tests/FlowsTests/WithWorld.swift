import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

/// Opens a fresh database of one kind, runs `body` in a world on it, and closes it again.
///
/// The world's clock starts at the present, because PostgreSQL keeps its own time; it then stands still.
func withWorld(
    _ backend: Backend, grace: Duration = .seconds(10), accessLifetime: Duration = .seconds(900),
    settings: Realm? = nil, _ body: (World) async throws -> Void
) async throws {
    let clock = ManualClock(Backend.systemClock())
    let realm = settings ?? World.settings(accessLifetime: accessLifetime, grace: grace)
    let now: @Sendable () -> Timestamp = { clock.now }
    try await backend.withStore(now: now) { store in
        let world = try await World.open(store, clock: clock, realm: realm)
        let follower = Task { await world.useCases.maintenance.followFeed() }
        defer { follower.cancel() }
        // What is read before a node has joined the feed is not kept, and tests are about what is.
        for _ in 0..<2_000 where !world.useCases.maintenance.live.isUsable {
            try await Task.sleep(for: .milliseconds(1))
        }
        try await body(world)
    }
}

extension World {
    /// The row of a good token's session; presenting it counts as a use.
    func session(of accessToken: String) async throws -> Session {
        let id = try await whoIs(accessToken).get().session
        let realm = realm.name
        let found = try await store.read { (reader) throws(StoreFault) in try reader.session(id, realm: realm) }
        return try #require(found)
    }
}
