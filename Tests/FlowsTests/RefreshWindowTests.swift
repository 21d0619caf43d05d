import Domain
import Flows
import Standards
import Storage
import TestSupport
import Testing

/// What is answered again, to whom, and for how long; `docs/REFRESH.md` has the rule.
@Suite("The window of a refresh token") struct RefreshWindowTests {
    @Test(arguments: Backend.available)
    func `a request that two exchanges overtook gets the newest token`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let first = try await world.signUp()
            let second = try issued(try await world.refresh(first.refreshToken))
            let third = try issued(try await world.refresh(second.refreshToken))
            let late = try issued(try await world.refresh(first.refreshToken))
            #expect(late.refreshToken == third.refreshToken)
            _ = try await world.whoIs(late.accessToken).get()
            let fourth = try issued(try await world.refresh(late.refreshToken))
            guard case .refused(.stolen) = try await world.refresh(first.refreshToken) else {
                Issue.record("overtaken by three and answered")
                return
            }
            guard case .refused(.ended) = try await world.refresh(fourth.refreshToken) else {
                Issue.record("the family outlived the theft")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `outside of its window a token from before the last is theft`(_ backend: Backend) async throws {
        try await withWorld(backend, grace: .zero) { world in
            let first = try await world.signUp()
            let second = try issued(try await world.refresh(first.refreshToken))
            _ = try issued(try await world.refresh(second.refreshToken))
            guard case .refused(.stolen) = try await world.refresh(first.refreshToken) else {
                Issue.record("the stolen token was answered")
                return
            }
        }
    }

    /// On PostgreSQL, whose clock a node does not set; on SQLite there is one clock only.
    @Test(arguments: Backend.available)
    func `the window is told by the database's clock, however wrong a node's is`(_ backend: Backend) async throws {
        for (skew, grace) in [(Duration.seconds(-3_600), Duration.seconds(600)), (.seconds(3_600), .zero)] {
            for isWritten in [false, true] {
                try await withWorld(backend, grace: grace) { world in
                    world.clock.advance(by: skew)
                    let first = try await world.signUp()
                    let second = try issued(try await world.refresh(first.refreshToken))
                    _ = try await world.whoIs(second.accessToken).get()
                    // A busy machine's lease may have lapsed: then nothing is remembered, and only what is written counts.
                    if isWritten || backend == .postgres { try await world.useCases.maintenance.flush() }
                    let outcome = try await world.refresh(first.refreshToken)
                    switch (outcome, grace) {
                    case (.refused(.stolen), .zero): break
                    case (.issued(let again), let grace) where grace > .zero:
                        #expect(again.refreshToken == second.refreshToken)
                    default: Issue.record("\(outcome) with a node \(skew) away and a grace of \(grace)")
                    }
                }
            }
        }
    }

    static let neighbour = Source(
        address: "192.0.2.200", network: "192.0.2.0/24", userAgent: "tests/1", requestID: "")
    static let otherBrowser = Source(
        address: "192.0.2.7", network: "192.0.2.0/24", userAgent: "other/1", requestID: "")
    static let elsewhere = Source(
        address: "2001:db8::9", network: "2001:db8::/64", userAgent: "tests/1", requestID: "")

    @Test(arguments: Backend.available)
    func `a replay is a doubt from another network or browser, and none from another address`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            _ = try issued(try await world.refresh(tokens.refreshToken))
            for source in [World.source, Self.neighbour, Self.otherBrowser, Self.elsewhere] {
                _ = try issued(try await world.refresh(tokens.refreshToken, from: source))
            }
            try await world.useCases.maintenance.flush()
            let lines = try await world.events("refresh_replayed_elsewhere", count: 2)
            let doubts = Set(lines.map { "\($0.this["ip"]?.string ?? "") \($0.this["user_agent"]?.string ?? "")" })
            #expect(doubts == ["192.0.2.7 other/1", "2001:db8::9 tests/1"] && lines.count == 2)
            #expect(lines.allSatisfy { $0.this["newest_ip"]?.string == "192.0.2.7" && $0.status })
        }
    }

    @Test(arguments: Backend.available)
    func `where the realm says so, a replay from another network ends the session`(_ backend: Backend) async throws {
        var rules = RealmRules.standard
        rules.endsOnReplayElsewhere = true
        let settings = Realm(name: .standard, issuer: World.settings().issuer, rules: rules)
        try await withWorld(backend, settings: settings) { world in
            let tokens = try await world.signUp()
            let second = try issued(try await world.refresh(tokens.refreshToken))
            // What is answered without a doubt, and what is counted only.
            for source in [World.source, Self.neighbour, Self.otherBrowser] {
                let again = try issued(try await world.refresh(tokens.refreshToken, from: source))
                #expect(again.refreshToken == second.refreshToken)
            }
            let session = try await world.session(of: tokens.accessToken)
            guard case .refused(.stolen) = try await world.refresh(tokens.refreshToken, from: Self.elsewhere) else {
                Issue.record("answered elsewhere")
                return
            }
            guard case .refused(.ended) = try await world.refresh(second.refreshToken) else {
                Issue.record("the session lives")
                return
            }
            await #expect(throws: World.Refused(word: "session_over")) {
                try await world.whoIs(second.accessToken).get()
            }
            let reason = try await world.store.read { (reader) throws(StoreFault) in
                try reader.endReason(of: session.id)
            }
            #expect(reason == .replayedElsewhere)
            let line = try #require(
                try await world.audit(count: 3).last { $0.did == "refresh_replayed_elsewhere" && !$0.status })
            #expect(line.this["ip"]?.string == "2001:db8::9" && line.this["newest_ip"]?.string == "192.0.2.7")
            #expect(line.this["session"]?.string == session.id.text && line.who == "maria")
        }
    }

    /// Moving is no replay: the newest token is good from everywhere.
    @Test(arguments: Backend.available)
    func `a session that moves to another network goes on, wherever replays end it`(_ backend: Backend) async throws {
        var rules = RealmRules.standard
        rules.endsOnReplayElsewhere = true
        let settings = Realm(name: .standard, issuer: World.settings().issuer, rules: rules)
        try await withWorld(backend, settings: settings) { world in
            let tokens = try await world.signUp()
            let second = try issued(try await world.refresh(tokens.refreshToken, from: Self.elsewhere))
            // The first one's network is elsewhere now.
            guard case .refused(.stolen) = try await world.refresh(tokens.refreshToken) else {
                Issue.record("answered where the newest token is not")
                return
            }
            guard case .refused(.ended) = try await world.refresh(second.refreshToken, from: Self.elsewhere) else {
                Issue.record("the session lives")
                return
            }
        }
    }
}
