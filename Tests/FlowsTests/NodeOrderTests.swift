import Concurrency
import Domain
import Glibc
import Storage
import TestSupport
import Testing

@testable import Flows

/// What a node ends is over there with its answer, and everywhere with the lease, in whatever order steps are taken.
///
/// The actors are a flow that ends something, a request of the one who loses it, and a node's look at the feed; time
/// passes between any two of their steps, as for a process that was stopped. `ALDRAVA_TEST_ORDERS=all` takes every
/// order, a number that many of each kind.
@Suite("Several nodes, step by step") struct NodeOrderTests {
    /// What is under way while something ends.
    enum Meanwhile: CaseIterable, Sendable { case check, checkAgain, refresh }

    private static let drawn: Int? = {
        let wish = unsafe getenv("ALDRAVA_TEST_ORDERS").map { unsafe String(cString: $0) }
        return wish == "all" ? nil : wish.flatMap { Int($0) } ?? 25
    }()
    private static let leaseLength = Lease.length

    @Test(arguments: Ending.all + Ending.ofOperators, Meanwhile.allCases)
    func `nobody is let in by the node that ended it, once that has answered`(
        _ ending: Ending, _ meanwhile: Meanwhile
    ) async throws {
        try await explore(ending, meanwhile, at: .here)
    }

    @Test(arguments: Ending.all + Ending.ofOperators, Meanwhile.allCases)
    func `nobody is let in by another node, once the lease is over`(
        _ ending: Ending, _ meanwhile: Meanwhile
    ) async throws {
        try await explore(ending, meanwhile, at: .there)
    }

    private func explore(_ ending: Ending, _ meanwhile: Meanwhile, at side: TwoNodes.Side) async throws {
        if meanwhile == .refresh, !ending.isSignedIn { return }
        let clock = ManualClock(Backend.systemClock())
        let now: @Sendable () -> Timestamp = { clock.now }
        try await Backend.sqlite.withStore(now: now) { store in
            let nodes = try await TwoNodes.open(on: store, clock: clock)
            _ = try await nodes.here.signUp()
            var orders = Orders(drawn: Self.drawn)
            var letIn = 0
            // Retired keys stay in the database, and every look at the keys reads them all.
            while orders.next(), orders.count <= 2_000 || !ending.endsKey {
                letIn += try await play(ending, meanwhile, at: side, nodes, &orders)
            }
            // Otherwise nothing was tested.
            #expect(letIn > 0)
        }
    }

    /// One order of the steps; returns how often memory let the subject in.
    private func play(
        _ ending: Ending, _ meanwhile: Meanwhile, at side: TwoNodes.Side, _ nodes: TwoNodes, _ orders: inout Orders
    ) async throws -> Int {
        let subject = try await ending.prepare(nodes.here)
        let node = nodes.node(side)
        let answered = Lock<Int64?>(nil)
        for side in TwoNodes.Side.allCases { try await nodes.look(side) }
        // Reading the keys takes steps of its own.
        if ending.endsKey {
            try await nodes.store.transaction { (tx) throws(StoreFault) in try tx.announce(.signingKeys(.standard)) }
        }
        if meanwhile != .check {
            let isGood = try await ending.isGood(node, subject)
            #expect(isGood, "in the order before \(orders.count)")
        } else {
            try await node.useCases.maintenance.follower.forgetEverything()
        }
        var actors: [@Sendable () async throws -> Void] = [
            {
                try await Stage.$stopsAtFirstReads.withValue(false) { try await ending.perform(nodes.here, subject) }
                answered.withLock { $0 = nodes.now }
            },
            {
                switch (meanwhile, subject) {
                case (.refresh, .person(let tokens, _, _)): _ = try await node.refresh(tokens.refreshToken)
                case (.check, _), (.checkAgain, _), (.refresh, _): _ = try await ending.isGood(node, subject)
                }
            },
            { try await nodes.look(side) },
        ]
        if side == .there {
            actors.append { nodes.wait(milliseconds: Self.leaseLength) }
        }
        var letIn = 0
        try await nodes.stage.play(actors) {
            orders.choose(of: $0)
        } look: {
            guard ending.isGoodFromMemory(node, subject) else { return }
            letIn += 1
            guard let answered = answered.withLock({ $0 }) else { return }
            let isOver = side == .here || nodes.now >= answered + Self.leaseLength
            try #require(!isOver, "let in after the answer, in the order \(orders.text)")
        }
        // Whatever was remembered on the way: the next look ends it, and a check from then on does not bring it back.
        nodes.wait(milliseconds: Self.leaseLength)
        for _ in 0..<2 {
            try await nodes.look(side)
            let isRemembered = ending.isGoodFromMemory(node, subject)
            try #require(!isRemembered, "remembered, in the order \(orders.text)")
            let isFound = try await ending.isGood(node, subject)
            try #require(!isFound, "found again, in the order \(orders.text)")
        }
        return letIn
    }

    /// A server that took over may hold other changes under the places that were reached, or fewer.
    @Test func `nothing is believed of what another server said`() async throws {
        for (sequence, server) in [(0, Int64(0)), (-1, 0), (0, 1), (5, 1)] as [(Int64, Int64)] {
            let clock = ManualClock(Backend.systemClock())
            let now: @Sendable () -> Timestamp = { clock.now }
            try await Backend.sqlite.withStore(now: now) { store in
                let world = try await World.open(StagedStore(store, isShared: true), clock: clock, monotonic: { 0 })
                let tokens = try await world.signUp()
                var place = try await store.read { (reader) throws(StoreFault) in try reader.feedHead() }
                if place.sequence == 0 {
                    try await store.transaction { (tx) throws(StoreFault) in try tx.announce(.realm(.system)) }
                }
                let follower = world.useCases.maintenance.follower
                place = try await follower.look(from: place)
                _ = try await world.whoIs(tokens.accessToken).get()
                let token = Array(tokens.accessToken.utf8)[...]
                let isRemembered = {
                    world.useCases.authenticate.fromMemory(Credentials(bearer: token), in: world.realm) != nil
                }
                #expect(isRemembered())
                let start = FeedHead(sequence: place.sequence - sequence, server: place.server - server)
                let reached = try await follower.look(from: start)
                #expect(reached == place)
                // Looked at from the same place of the same server nothing was forgotten.
                #expect(isRemembered() == (sequence == 0 && server == 0))
            }
        }
    }
}
