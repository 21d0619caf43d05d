import Domain
import Flows
import Standards
import Storage
import TestSupport
import Testing

@Suite("Audit") struct AuditTests {
    @Test(arguments: Backend.available)
    func `every step leaves its line, in order, with the nine fields`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            _ = try await world.signIn(password: "not the password")
            _ = try await world.signIn()
            let principal = try await world.whoIs(tokens.accessToken).get()
            try await world.useCases.signOut(principal, from: World.source)
            let lines = try await world.audit(count: 5)
            #expect(lines.map(\.did) == ["create_user", "login", "login_failed", "login", "logout"])
            #expect(lines.map(\.status) == [true, true, false, true, true])
            #expect(lines.allSatisfy { $0.who == "maria" })
            let members = try #require(lines[1].json.members)
            #expect(
                members.map(\.name) == [
                    "who", "did", "this", "when", "confirmed_by", "if_ok", "if_doubt", "if_not", "status",
                ])
            #expect(lines[1].this["ip"]?.string == "192.0.2.7")
            #expect(lines[1].this["user_agent"]?.string == "tests/1")
            #expect(lines[1].this["request_id"]?.string == "request-1")
            #expect(lines[1].json["status"]?.string == "valid:true")
        }
    }

    @Test(arguments: Backend.available)
    func `pages run newest first and meet without a gap or a double`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for index in 0..<7 { _ = try await world.signIn("stranger\(index)") }
            let all = try await world.audit(count: 7)
            var seen: [ID<Event>] = []
            var next: EventPosition?
            repeat {
                let page = try await world.useCases.listEvents(in: .standard, from: next, limit: 3)
                seen += page.lines.map(\.id)
                next = page.next
            } while next != nil
            // The last is the making of the role `user`, which `all` leaves out.
            #expect(seen.dropLast().elementsEqual(all.map(\.id).reversed()))
            #expect(seen.count == 8)
        }
    }

    @Test(arguments: Backend.available)
    func `what somebody typed into the name field is never kept as typed`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signIn("my-secret-passphrase", password: "x")
            let line = try #require(try await world.audit(count: 1).last)
            #expect(line.who == "unknown")
            #expect(!line.json.text.utf8.contains("secret-passphrase".utf8))
            #expect(line.this["identifier_mask"]?.string == String(repeating: "*", count: 20))
            #expect(line.this["identifier_hmac"]?.string?.utf8.count == 22)
        }
    }

    @Test(arguments: Backend.available)
    func `refusals are folded into one line with a count`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for _ in 0..<100 {
                world.useCases.refusals.note(
                    reason: "bad_token", realm: world.realm, source: World.source, route: "/api/auth/me")
            }
            try await world.useCases.maintenance.flush()
            try await world.useCases.maintenance.flush()
            let lines = try await world.audit(count: 1)
            #expect(lines.map(\.did) == ["request_refused"])
            #expect(lines.first?.this["count"]?.integer == 100)
            #expect(lines.first?.this["ip"]?.string == "192.0.2.7")
        }
    }

    @Test(arguments: Backend.available)
    func `a token replayed from elsewhere is answered and counted as a doubt`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            _ = try issued(try await world.refresh(tokens.refreshToken))
            let elsewhere = Source(address: "203.0.113.9", network: "203.0.113.0/24", userAgent: "x", requestID: "")
            for _ in 0..<2 { _ = try issued(try await world.refresh(tokens.refreshToken, from: elsewhere)) }
            try await world.useCases.maintenance.flush()
            let line = try #require(try await world.audit(count: 3).last)
            #expect(line.did == "refresh_replayed_elsewhere" && line.status)
            #expect(line.this["count"]?.integer == 2)
            #expect(line.this["ip"]?.string == "203.0.113.9")
            #expect(line.this["newest_ip"]?.string == "192.0.2.7")
            let session = try await world.session(of: tokens.accessToken)
            #expect(line.this["session"]?.string == session.id.text)
        }
    }

    @Test(arguments: Backend.available)
    func `a row written by somebody with only the database is recognised`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            let forged = Event(
                id: ID(at: world.clock.now, random: [UInt8](repeating: 1, count: 10)), time: world.clock.now,
                realm: .standard, node: "test", did: "grant_role", status: true, confirmedBy: "cli",
                consequences: Event.Consequences(ifOK: "", ifDoubt: "", ifNot: ""), actor: nil, details: "{}",
                personal: [])
            try await world.store.transaction { (tx) throws(StoreFault) in
                try tx.append(forged, mac: [UInt8](repeating: 0, count: 32))
            }
            let line = try #require(try await world.audit(count: 3).last)
            #expect(line.did == "grant_role" && !line.status)
            #expect(line.this["forged"]?.bool == true)
            #expect(world.reports.all.contains { $0.did == "audit_row_forged" })
        }
    }

    @Test(arguments: Backend.available)
    func `a row that cannot be read is shown as forged and hides no other`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            // More parts than a reader takes: nothing that this program writes.
            let part = Event.SealedPart(subject: .nobody, ciphertext: [])
            let broken = Event(
                id: ID(at: world.clock.now, random: [UInt8](repeating: 2, count: 10)), time: world.clock.now,
                realm: .standard, node: "test", did: "login", status: true, confirmedBy: "password",
                consequences: Event.Consequences(ifOK: "", ifDoubt: "", ifNot: ""), actor: nil,
                details: "{\"event\":\"another\"}", personal: [Event.SealedPart](repeating: part, count: 65))
            try await world.store.transaction { (tx) throws(StoreFault) in
                try tx.append(broken, mac: [UInt8](repeating: 0, count: 32))
            }
            _ = try await world.signUp()
            let lines = try await world.audit(count: 3)
            #expect(lines.map(\.did) == ["unreadable_event", "create_user", "login"])
            #expect(lines.map(\.status) == [false, true, true])
            let page = try await world.useCases.listEvents(in: .standard, limit: 10)
            // With the making of the role `user`.
            #expect(page.lines.count == 4)
        }
    }

    @Test(arguments: Backend.available)
    func `a line break in a user agent cannot begin a line`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let source = Source(
                address: "192.0.2.7", network: "n", userAgent: "a\r\n{\"who\":\"root\"}\u{2028}", requestID: "")
            _ = try await world.signIn("nobody", from: source)
            let bytes = try #require(try await world.audit(count: 1).last).json.bytes
            #expect(!bytes.contains(10) && !bytes.contains(13))
        }
    }
}

@Suite("Master key") struct MasterKeyTests {
    @Test(arguments: Backend.available)
    func `another key than the database's is refused at the door`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            var other = World.masterKey
            other[31] ^= 1
            await #expect(throws: OpenFault.self) {
                _ = try await World.open(world.store, clock: world.clock, masterKey: other)
            }
            let isFresh = try await UseCases.isFresh(world.store)
            #expect(!isFresh)
        }
    }

    @Test(arguments: Backend.available)
    func `two nodes on one database accept each other's tokens`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            let other = try await World.open(world.store, clock: world.clock, node: "other")
            #expect(
                other.useCases.signingKeys.jwks(of: other.realm) == world.useCases.signingKeys.jwks(of: world.realm))
            _ = try await other.whoIs(tokens.accessToken).get()
            let next = try issued(try await other.refresh(tokens.refreshToken))
            _ = try await world.whoIs(next.accessToken).get()
        }
    }

    /// Whoever has the database and the source, but not the key, makes his own key and derives what he can.
    @Test(arguments: Backend.available)
    func `a copy of the database cannot produce one accepted credential`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            let session = try await world.session(of: tokens.accessToken)
            // The thief removes the check value, so that his own key is let in, and reads what is there with it.
            let check = try await world.store.read { (reader) throws(StoreFault) in
                try reader.setting("master_key_check")
            }
            #expect(check != nil && check != World.masterKey)
            let guesses = [[UInt8](repeating: 0, count: 32), check ?? []]
            for guess in guesses {
                let thief = try #require(MasterKey(Secret(guess)))
                let forged = try await CredentialForgery(master: thief, world: world)
                guard case .refused(.malformed) = try await world.refresh(forged.refreshToken(for: session)) else {
                    Issue.record("a refresh token without the key was accepted")
                    continue
                }
                let stored = try await world.store.read { (reader) throws(StoreFault) in
                    try reader.signingKeys(realm: .standard)
                }
                #expect(stored.count == 1)
                for key in stored { #expect(forged.unwrap(key) == nil) }
                let token = forged.accessToken(for: tokens.user, session: session, kid: stored.first?.kid ?? "")
                await #expect(throws: World.Refused(word: "bad_token")) { try await world.whoIs(token).get() }
            }
        }
    }
}
