import Domain
import TestSupport

@testable import Flows

/// Opens a fresh database of one kind, runs `body` in a world on it, and closes it again.
///
/// The world's clock starts at the present, because PostgreSQL keeps its own time; it then stands still.
func withWorld(
    _ backend: Backend, grace: Duration = .seconds(10), accessLifetime: Duration = .seconds(900),
    settings: RealmSettings? = nil, _ body: (World) async throws -> Void
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
