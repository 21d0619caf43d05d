import Domain
import Storage
import TestSupport

/// Opens a fresh database of one kind, runs `body` in a world on it, and closes it again.
func withWorld(
    _ backend: Backend, grace: Duration = .seconds(10), accessLifetime: Duration = .seconds(900),
    _ body: (World) async throws -> Void
) async throws {
    let clock = ManualClock(Present.now)
    let store = try await backend.open(clock: { clock.now })
    let realm = World.settings(accessLifetime: accessLifetime, grace: grace)
    do {
        try await body(try await World.open(store, clock: clock, realm: realm))
    } catch {
        await store.close()
        throw error
    }
    await store.close()
}
