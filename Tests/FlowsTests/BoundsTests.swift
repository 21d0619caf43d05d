import Concurrency
import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

/// What must stay small, or honest, while a database fails or another node is at work.
@Suite("Bounds") struct BoundsTests {
    @Test func `while the database fails, refusals from ever new sources take no more memory, and none is lost`()
        async throws
    {
        let clock = ManualClock(Backend.systemClock())
        let now: @Sendable () -> Timestamp = { clock.now }
        try await Backend.sqlite.withStore(now: now) { store in
            let staged = StagedStore(store)
            let world = try await World.open(staged, clock: clock)
            let all = world.useCases.refusals
            let refusals = FoldedRefusals(store: staged, recorder: all.recorder, limit: 250)
            staged.fail(true)
            for period in 0..<3 {
                for number in 0..<200 {
                    let source = Source(
                        address: "2001:db8::\(period):\(number)", network: "2001:db8::/64", userAgent: "", requestID: ""
                    )
                    refusals.note(reason: "bad_token", realm: world.realm, source: source, route: "me")
                }
                await #expect(throws: StoreFault.self) { try await refusals.flush() }
            }
            staged.fail(false)
            try await refusals.flush()
            var (rows, count) = (0, Int64(0))
            var position: EventPosition?
            while true {
                let page = try await world.useCases.readLog(after: position, limit: 1_000)
                guard let last = page.last else { break }
                position = last.position
                let counts = page.compactMap { $0.line.this["count"]?.integer }
                rows += counts.count
                count += counts.reduce(0, +)
            }
            #expect(rows <= 251)
            #expect(count == 600)
        }
    }

    @Test func `what was read before another node's change is not kept by a node that joins after it`() async throws {
        let clock = ManualClock(Backend.systemClock())
        let now: @Sendable () -> Timestamp = { clock.now }
        try await Backend.sqlite.withStore(now: now) { store in
            let other = try await World.open(store, clock: clock)
            let staged = StagedStore(store, isShared: true)
            let joining = try await World.open(staged, clock: clock)
            let tokens = try await other.signUp()

            staged.holdNextRead()
            async let early = joining.whoIs(tokens.accessToken)
            while staged.heldReads == 0 { try await Task.sleep(for: .milliseconds(1)) }
            _ = try await other.useCases.setUserActive(false, user: "maria", in: other.realm, by: .commandLine)
            let following = Task { await joining.useCases.maintenance.followFeed() }
            defer { following.cancel() }
            while !joining.useCases.maintenance.live.isUsable { try await Task.sleep(for: .milliseconds(1)) }
            staged.letGo()
            _ = try await early
            await #expect(throws: World.Refused.self) { try await joining.whoIs(tokens.accessToken).get() }
        }
    }

    @Test func `somebody who signs in again and again does not fill the memory for sessions`() async throws {
        try await withWorld(.sqlite) { world in
            let tokens = try await world.signUp()
            let known = try await world.whoIs(tokens.accessToken).get()
            let live = LiveSessions(capacity: 10, isShared: false, monotonic: { 0 })
            for number in 0..<1_000 {
                let principal = Principal(
                    known.user, session: ID(high: 1, low: UInt64(number)), grants: known.grants,
                    lastActivityAt: world.clock.now, idleLimit: .seconds(60), absoluteEnd: known.absoluteEnd)
                _ = live.fill(principal, since: live.mark())
            }
            #expect(live.statistics.sessions <= 10)
            #expect(live.session(ID(high: 1, low: 999)) != nil)
            live.invalidate(.user(known.user.id, .standard))
            #expect(live.session(ID(high: 1, low: 999)) == nil)
        }
    }

    @Test func `of whoever changed nothing is believed that was read before, however many change`() {
        let start = Timestamp(milliseconds: 1_000)
        func principal(_ number: Int) -> Principal {
            let person = Person(
                id: ID(high: 2, low: UInt64(number)), number: Int64(number), realm: .standard, username: "a",
                email: "b",
                createdAt: start)
            return Principal(
                person, session: ID(high: 1, low: UInt64(number)), grants: .none, lastActivityAt: start,
                idleLimit: .seconds(60), absoluteEnd: start + .seconds(60))
        }
        let live = LiveSessions(capacity: 10_000, isShared: false, monotonic: { 0 })
        let most = LiveSessions.mostChangedUsers
        for number in 0..<2 * most { _ = live.fill(principal(number), since: live.mark()) }
        let late = live.mark()
        // Enough for a sweep, and some more.
        for number in 0..<most + 100 {
            live.invalidate(.user(ID(high: 2, low: UInt64(number)), .standard))
            #expect(live.session(ID(high: 1, low: UInt64(number))) == nil)
        }
        for number in 0..<2 * most {
            #expect((live.session(ID(high: 1, low: UInt64(number))) == nil) == (number < most + 100))
        }
        #expect(live.statistics.sessions == most - 100)
        #expect(live.state.withLock { $0.changedUsers.count } == 100)
        // What was read before is not kept, what is read now is.
        _ = live.fill(principal(0), since: late)
        #expect(live.session(ID(high: 1, low: 0)) == nil)
        _ = live.fill(principal(0), since: live.mark())
        #expect(live.session(ID(high: 1, low: 0)) != nil)
    }
}
