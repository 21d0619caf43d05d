import Domain
import Flows
import Standards
import Storage
import TestSupport
import Testing

@Suite("Sessions") struct SessionTests {
    @Test(arguments: Backend.available)
    func `an access token says who, and the session's end takes it away at once`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            let principal = try await world.whoIs(tokens.accessToken).get()
            #expect(principal.user.id == tokens.user.id)
            try await world.useCases.signOut(principal, from: World.source)
            await #expect(throws: World.Refused(word: "session_over")) {
                try await world.whoIs(tokens.accessToken).get()
            }
            guard case .refused(.ended) = try await world.refresh(tokens.refreshToken) else {
                Issue.record("the refresh token outlived its session")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a token buys the next one, many times over`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            var tokens = try await world.signUp()
            var seen: Set<String> = [tokens.refreshToken]
            for _ in 0..<20 {
                tokens = try issued(try await world.refresh(tokens.refreshToken))
                #expect(seen.insert(tokens.refreshToken).inserted)
                _ = try await world.whoIs(tokens.accessToken).get()
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a lost reply is answered again with the identical successor`(_ backend: Backend) async throws {
        try await withWorld(backend, grace: .zero) { world in
            let tokens = try await world.signUp()
            let lost = try issued(try await world.refresh(tokens.refreshToken))
            for _ in 0..<3 {
                let again = try issued(try await world.refresh(tokens.refreshToken))
                #expect(again.refreshToken == lost.refreshToken)
            }
            let next = try issued(try await world.refresh(lost.refreshToken))
            #expect(next.refreshToken != lost.refreshToken)
        }
    }

    @Test(arguments: Backend.available)
    func `using the access token confirms the reply, and the old token is then theft`(_ backend: Backend) async throws {
        try await withWorld(backend, grace: .zero) { world in
            let first = try await world.signUp()
            let second = try issued(try await world.refresh(first.refreshToken))
            _ = try await world.whoIs(second.accessToken).get()
            // On a busy machine the lease may have lapsed: then only the database knows that the reply arrived.
            if backend == .postgres { try await world.useCases.maintenance.flush() }
            let thief = Source(address: "203.0.113.9", network: "203.0.113.0/24", userAgent: "thief", requestID: "")
            guard case .refused(.stolen) = try await world.refresh(first.refreshToken, from: thief) else {
                Issue.record("the stolen token was answered")
                return
            }
            guard case .refused(.ended) = try await world.refresh(second.refreshToken) else {
                Issue.record("the family outlived the theft")
                return
            }
            await #expect(throws: World.Refused(word: "session_over")) {
                try await world.whoIs(second.accessToken).get()
            }
            let line = try #require(try await world.audit(count: 3).last { $0.did == "refresh_token_reuse" })
            #expect(line.this["ip"]?.string == "203.0.113.9")
            #expect(line.this["newest_ip"]?.string == "192.0.2.7")
            #expect(!line.status)
        }
    }

    @Test(arguments: Backend.available)
    func `a confirmation that was written is found by another node`(_ backend: Backend) async throws {
        try await withWorld(backend, grace: .zero) { world in
            let first = try await world.signUp()
            let second = try issued(try await world.refresh(first.refreshToken))
            _ = try await world.whoIs(second.accessToken).get()
            try await world.useCases.maintenance.flush()
            let other = try await World.open(
                world.store, clock: world.clock, realm: World.settings(grace: .zero), node: "other")
            guard case .refused(.stolen) = try await other.refresh(first.refreshToken) else {
                Issue.record("the confirmation was lost")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `of twenty tabs that refresh at once all receive the one successor`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 {
                    group.addTask { try issued(try await world.refresh(tokens.refreshToken)).refreshToken }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(answers.count == 1)
        }
    }

    @Test(arguments: Backend.available)
    func `a counter from the future is believed after a restore, and told`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            let session = try await world.session(of: tokens.accessToken)
            // What the client received before the database was restored from an older copy.
            let master = try #require(MasterKey(Secret(World.masterKey)))
            let received = try await CredentialForgery(master: master, world: world)
                .refreshToken(for: session, counter: try #require(Counter(9)))
            let after = try issued(try await world.refresh(received))
            _ = try issued(try await world.refresh(after.refreshToken))
            guard case .refused(.stolen) = try await world.refresh(tokens.refreshToken) else {
                Issue.record("the counter did not move")
                return
            }
            let audit = try await world.audit(count: 4)
            #expect(audit.contains { $0.did == "refresh_ahead_of_database" })
        }
    }

    @Test func `garbage, other realms' tokens and changed tokens are malformed`() async throws {
        try await withWorld(.sqlite) { world in
            let tokens = try await world.signUp()
            var changed = Array(tokens.refreshToken)
            changed[10] = changed[10] == "A" ? "B" : "A"
            for text in [
                "", "x", String(repeating: "A", count: 58), String(changed), tokens.refreshToken + "A", "\u{0}",
            ] {
                guard case .refused(.malformed) = try await world.refresh(text) else {
                    Issue.record("accepted \(text)")
                    continue
                }
            }
            let foreign = try await world.useCases.refresh(
                tokens.refreshToken, in: World.settings(.system), from: World.source)
            guard case .refused(.malformed) = foreign else {
                Issue.record("a token crossed realms")
                return
            }
        }
    }

    @Test func `tokens die on time: access, idle and absolute end`() async throws {
        try await withWorld(.sqlite) { world in
            let tokens = try await world.signUp()
            world.clock.advance(by: .seconds(899))
            _ = try await world.whoIs(tokens.accessToken).get()
            world.clock.advance(by: .seconds(1))
            await #expect(throws: World.Refused(word: "token_expired")) {
                try await world.whoIs(tokens.accessToken).get()
            }
            var newest = try issued(try await world.refresh(tokens.refreshToken))
            for _ in 0..<5 {
                world.clock.advance(by: .seconds(6 * 86_400 - 1_000))
                guard case .issued(let next) = try await world.refresh(newest.refreshToken) else { break }
                newest = next
            }
            world.clock.advance(by: .seconds(86_400))
            guard case .refused(.ended) = try await world.refresh(newest.refreshToken) else {
                Issue.record("older than 30 days and alive")
                return
            }
            let idle = try await world.signUp("idle")
            world.clock.advance(by: .seconds(7 * 86_400))
            guard case .refused(.ended) = try await world.refresh(idle.refreshToken) else {
                Issue.record("idle for 7 days and alive")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a disabled user is refused at the next request, warm cache or not`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            _ = try await world.whoIs(tokens.accessToken).get()
            _ = try await world.useCases.setUserActive(false, user: "maria", in: world.realm, by: .commandLine)
            await #expect(throws: World.Refused.self) { try await world.whoIs(tokens.accessToken).get() }
            guard case .refused = try await world.refresh(tokens.refreshToken) else {
                Issue.record("a disabled user refreshed")
                return
            }
            _ = try await world.useCases.setUserActive(true, user: "maria", in: world.realm, by: .commandLine)
            await #expect(throws: World.Refused.self) { try await world.whoIs(tokens.accessToken).get() }
            guard case .signedIn = try await world.signIn() else {
                Issue.record("an enabled user was refused")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a session begun while its user was being disabled does not come back with the user`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let user = try await world.signUp().user
            _ = try await world.useCases.setUserActive(false, user: "maria", in: world.realm, by: .commandLine)
            // What a sign-in writes that saw the user active and committed after the disabling.
            let session = try await world.store.transaction { (tx) throws(StoreFault) in
                let late = Session(
                    id: ID(high: 1, low: 2), realm: .standard, user: user.id, client: Session.nativeClient,
                    issued: .first, confirmedAt: nil, createdAt: tx.now, lastActivityAt: tx.now,
                    idleLimit: .seconds(3_600), absoluteEnd: tx.now + .seconds(3_600), endedAt: nil, amr: ["pwd"],
                    authTime: tx.now, level: 1)
                try tx.insert(late, origin: SessionOrigin(address: "192.0.2.7", userAgent: "tests/1"))
                return late
            }
            _ = try await world.useCases.setUserActive(true, user: "maria", in: world.realm, by: .commandLine)
            let master = try #require(MasterKey(Secret(World.masterKey)))
            let token = try await CredentialForgery(master: master, world: world).refreshToken(for: session)
            guard case .refused(.ended) = try await world.refresh(token) else {
                Issue.record("the session lives")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a grant holds at the next request, and so does its end`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            let use = world.useCases
            _ = try await world.whoIs(tokens.accessToken).get()
            _ = try await use.createRole(name: "clerk", description: "", in: .standard, by: .commandLine)
            _ = try await use.createPermission(
                resource: "messages", action: "read", name: "read-mail", description: "", in: .standard,
                by: .commandLine)
            let toRole = GrantChange.permissionToRole(permission: "messages:read", role: "clerk")
            let toUser = GrantChange.roleToUser(role: "clerk", user: "maria")
            _ = try await use.changeGrant(toRole, isGrant: true, in: .standard, by: .commandLine)
            _ = try await use.changeGrant(toUser, isGrant: true, in: .standard, by: .commandLine)
            var grants = try await world.whoIs(tokens.accessToken).get().grants
            #expect(grants.roles == ["clerk", "user"] && grants.permissions == ["messages:read"])
            #expect(grants.hasPermission("messages:read") && grants.hasPermission("read-mail"))
            #expect(!grants.hasPermission("messages:write"))
            _ = try await use.changeGrant(toRole, isGrant: false, in: .standard, by: .commandLine)
            grants = try await world.whoIs(tokens.accessToken).get().grants
            #expect(grants.roles == ["clerk", "user"] && grants.permissions == [])
            guard
                case .done(changed: false) = try await use.changeGrant(
                    toUser, isGrant: true, in: .standard, by: .commandLine)
            else {
                Issue.record("granting twice changed something")
                return
            }
        }
    }
}

/// The tokens of an outcome that must be `issued`.
func issued(_ outcome: Refresh.Outcome) throws -> SignedIn {
    guard case .issued(let tokens) = outcome else { throw World.WorldFault.refused("\(outcome)") }
    return tokens
}
