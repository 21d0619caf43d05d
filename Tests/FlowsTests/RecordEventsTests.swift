import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Events of applications") struct RecordEventsTests {
    private typealias Recorded = RecordEvents.Recorded

    private enum Refused: Error, Equatable { case invalid([String]), application, reused, tooMany }

    private func record(
        _ world: World, _ events: [ApplicationEvent], as application: String? = nil, key: String? = nil,
        by principal: Principal
    ) async throws -> [RecordEvents.Recorded] {
        let outcome = try await world.useCases.recordEvents(
            events, as: application, key: key, by: AuthResult(principal, by: .bearer), in: .standard,
            from: World.source)
        switch outcome {
        case .recorded(let places): return places
        case .refused(.invalid(let problems)): throw Refused.invalid(problems.map { "\($0.field) \($0.code)" })
        case .refused(.applicationRequired): throw Refused.application
        case .refused(.keyReused): throw Refused.reused
        case .refused(.tooMany): throw Refused.tooMany
        }
    }

    private func written(_ world: World) async throws -> [LogLine] {
        try await world.useCases.listEvents(
            in: .standard, matching: EventFilter(application: "erp"), .oldestFirst, limit: 200
        ).lines
    }

    /// The application's events, once there are so many: on PostgreSQL other transactions delay them.
    private func written(_ world: World, _ count: Int) async throws -> [LogLine] {
        for _ in 0..<2_000 {
            let lines = try await written(world)
            if lines.count >= count { return lines }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await written(world)
    }

    @Test(arguments: Backend.available)
    func `an event has the nine fields, the caller's name, and a deed nobody else can have`(_ backend: Backend)
        async throws
    {
        try await withWorld(backend) { world in
            let erp = try await world.application()
            let places = try await record(world, [.sample(kind: .document)], by: erp)
            #expect(places.map(\.did) == ["app:erp:contract_confirmed"])
            let line = try #require(try await written(world, 1).first)
            #expect(line.id == places[0].id && line.when == places[0].when)
            #expect(line.who == "erp-server" && line.did == places[0].did && line.status)
            #expect(line.confirmedBy == "access_token")
            #expect([line.ifOK, line.ifDoubt, line.ifNot] == ["invoice_sent", "review", "none"])
            #expect(line.this["application"]?.string == "erp" && line.this["kind"]?.string == "document")
            #expect(line.this["data"] == ["contract": 4711])
            #expect(line.this["document"]?["sha256"]?.string == String(repeating: "0a", count: 32))
            #expect(line.this["ip"]?.string == "192.0.2.7")
            #expect(line.this["forged"] == nil)
            #expect(Deed.allCases.allSatisfy { !$0.rawValue.utf8.contains(UInt8(ascii: ":")) })
        }
    }

    @Test(arguments: Backend.available)
    func `only an application that the caller was given may be named`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let erp = try await world.application()
            let two = try await world.application("two", as: ["erp", "crm"])
            let none = try await world.application("none", as: [])
            await #expect(throws: Refused.application) { try await record(world, [.sample()], as: "crm", by: erp) }
            await #expect(throws: Refused.application) { try await record(world, [.sample()], as: "ERP", by: erp) }
            await #expect(throws: Refused.application) { try await record(world, [.sample()], by: none) }
            await #expect(throws: Refused.invalid(["application required"])) {
                try await record(world, [.sample()], by: two)
            }
            #expect(try await record(world, [.sample("x")], as: "crm", by: two).map(\.did) == ["app:crm:x"])
        }
    }

    /// No permission can be called like another pair, so that none gives what it is not.
    @Test(arguments: Backend.available)
    func `a permission that is only called like an application's gives none`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp("mallory")
            let made = try await world.useCases.createPermission(
                resource: "x", action: "y", name: "application:erp", description: "", in: .standard, by: .commandLine)
            guard case .refused(.invalid) = made else { throw World.WorldFault.refused("made") }
            _ = try await world.useCases.changeGrant(
                .permissionToUser(permission: "application:erp", user: "mallory"), isGrant: true, in: .standard,
                by: .commandLine)
            guard case .signedIn(let tokens) = try await world.signIn("mallory") else { return }
            let mallory = try await world.whoIs(tokens.accessToken).get()
            let holds = mallory.grants.hasPermission("application:erp")
            #expect(!holds)
            await #expect(throws: Refused.application) { try await record(world, [.sample()], as: "erp", by: mallory) }
        }
    }

    @Test func `whatever is not a small word, or too much, is named field by field`() async throws {
        try await withWorld(.sqlite) { world in
            let erp = try await world.application()
            var deep: JSON = [:]
            for _ in 0..<ApplicationEvent.deepest { deep = ["a": deep] }
            let long = JSON.string(String(repeating: "x", count: ApplicationEvent.longestDetails))
            let wide = JSON.array([JSON](repeating: 1, count: 300))
            let rows: [(ApplicationEvent, [String])] = [
                (.sample("login:x"), ["events[0].did malformed"]), (.sample("app:erp:x"), ["events[0].did malformed"]),
                (.sample("Login"), ["events[0].did malformed"]), (.sample("a\nb"), ["events[0].did malformed"]),
                (.sample(""), ["events[0].did malformed"]), (.sample("1"), ["events[0].did malformed"]),
                (.sample(String(repeating: "a", count: 65)), ["events[0].did malformed"]),
                (.sample(id: "a b"), ["events[0].id malformed"]), (.sample(id: ""), ["events[0].id malformed"]),
                (.sample(details: deep), ["events[0].this too_deep"]),
                (.sample(details: ["a": long]), ["events[0].this too_long"]),
                (.sample(details: ["a": wide]), ["events[0].this too_many"]),
                (.sample(personal: ["a": 1]), ["events[0].personal no_subject"]),
                (.sample(subject: ID(high: 1, low: 1)), ["events[0].subject unknown"]),
            ]
            for (event, fields) in rows {
                await #expect(throws: Refused.invalid(fields)) { try await record(world, [event], by: erp) }
            }
            await #expect(throws: Refused.invalid(["events[1].id repeated"])) {
                try await record(world, [.sample(id: "a"), .sample("b", id: "a")], by: erp)
            }
            for _ in 0..<2 { deep = deep["a"] ?? deep }
            _ = try await record(world, [.sample(details: deep)], by: erp)
            #expect(try await written(world).count == 1)
        }
    }

    @Test func `a document's parts are checked one by one`() {
        func problems(_ document: ApplicationEvent.Document?, kind: ApplicationEvent.Kind = .document) -> [String] {
            let event = ApplicationEvent(
                id: nil, verb: "x", kind: kind, status: true,
                consequences: Event.Consequences(ifOK: "a", ifDoubt: "b", ifNot: "c"), details: nil,
                document: document, subject: nil, personal: nil)
            return event.problems(at: 0).map { "\($0.field) \($0.code)" }
        }
        func document(
            _ title: String = "t", _ sha256: String = String(repeating: "ab", count: 32),
            _ media: String = "text/plain", _ uri: String? = nil
        ) -> ApplicationEvent.Document {
            ApplicationEvent.Document(title: title, sha256: sha256, mediaType: media, size: 0, uri: uri)
        }
        let field = "events[0].document"
        #expect(problems(document()).isEmpty)
        #expect(problems(nil) == ["\(field) required"])
        #expect(problems(document(), kind: .event) == ["\(field) not_allowed"])
        for title in ["", "a\u{202E}b", "a\nb", String(repeating: "x", count: 257)] {
            #expect(problems(document(title)) == ["\(field).title malformed"])
        }
        #expect(problems(document("t", String(repeating: "AB", count: 32))) == ["\(field).sha256 malformed"])
        for media in ["text", "text/", "text/plain; charset=utf-8", "a/b/c"] {
            #expect(
                problems(document("t", String(repeating: "ab", count: 32), media)) == ["\(field).media_type malformed"])
        }
        for uri in ["javascript:alert(1)", "data:text/html,x", "https://", "https://a b", "/a", "HTTPS://a"] {
            let found = problems(document("t", String(repeating: "ab", count: 32), "a/b", uri))
            #expect(found == ["\(field).uri malformed"], "\(uri)")
        }
    }

    @Test(arguments: Backend.available)
    func `the same key gives the same answer and writes once, another body is refused`(_ backend: Backend) async throws
    {
        try await withWorld(backend) { world in
            let erp = try await world.application()
            let first = try await record(world, [.sample("a"), .sample("b")], key: "k1", by: erp)
            world.clock.advance(by: .seconds(3_600))
            #expect(try await record(world, [.sample("a"), .sample("b")], key: "k1", by: erp) == first)
            await #expect(throws: Refused.reused) { try await record(world, [.sample("a")], key: "k1", by: erp) }
            await #expect(throws: Refused.reused) {
                try await record(world, [.sample("a"), .sample("b", status: false)], key: "k1", by: erp)
            }
            #expect(try await record(world, [.sample("a"), .sample("b")], key: "k2", by: erp) != first)
            // Another node, or this one after a restart.
            let other = try await World.open(world.store, clock: world.clock, node: "other")
            #expect(try await record(other, [.sample("a"), .sample("b")], key: "k1", by: erp) == first)
            // Another caller's key is another key.
            let second = try await world.application("erp-two")
            #expect(try await record(world, [.sample("a"), .sample("b")], key: "k1", by: second) != first)
            #expect(try await written(world, 6).count == 6)
        }
    }

    @Test(arguments: Backend.available)
    func `an event with an id of its own is written once, whatever batch it comes in`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let erp = try await world.application()
            let first = try await record(world, [.sample("a", id: "1"), .sample("b", id: "2")], by: erp)
            let again = try await record(
                world, [.sample("b", id: "2"), .sample("c", id: "3"), .sample("a", id: "1")], by: erp)
            #expect(again[0] == first[1] && again[2] == first[0])
            #expect(try await written(world, 3).map(\.did) == ["app:erp:a", "app:erp:b", "app:erp:c"])
        }
    }

    @Test(arguments: Backend.available)
    func `a batch with one contradiction writes nothing and keeps no key`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let erp = try await world.application()
            _ = try await record(world, [.sample("a", id: "m")], by: erp)
            let batch = ["1", "a", "m", "z", "zz"].map { ApplicationEvent.sample("b", id: $0) }
            await #expect(throws: Refused.reused) { try await record(world, batch, key: "k", by: erp) }
            let good = batch.filter { $0.id != "m" }
            #expect(try await record(world, good, key: "k", by: erp).count == 4)
            #expect(try await written(world, 5).count == 5)
        }
    }

    @Test(arguments: Backend.available)
    func `of many who send the same at the same moment one writes and all get its answer`(_ backend: Backend)
        async throws
    {
        try await withWorld(backend) { world in
            let erp = try await world.application()
            for (round, ids) in [[nil, nil], ["x", "y"], ["y2", "x2"]].enumerated() {
                let answers = try await withThrowingTaskGroup(of: [RecordEvents.Recorded].self) { group in
                    for number in 0..<8 {
                        let events = ids.enumerated().map { ApplicationEvent.sample("e\($0)", id: $1) }
                        // Some in the other order: that may not end in a deadlock either.
                        let sent = round == 2 && number.isMultiple(of: 2) ? events.reversed() : events
                        let key: String? = round == 2 ? nil : "round-\(round)"
                        group.addTask { try await record(world, sent, key: key, by: erp) }
                    }
                    return try await group.reduce(into: []) { $0.append($1.sorted { $0.did < $1.did }) }
                }
                #expect(Set(answers).count == 1)
            }
            #expect(try await written(world, 6).count == 6)
        }
    }

    @Test(arguments: Backend.available)
    func `what was sent before a change of the master key is not written again after it`(_ backend: Backend)
        async throws
    {
        try await withWorld(backend) { world in
            let erp = try await world.application()
            let events = [ApplicationEvent.sample("a"), .sample("b", id: "1")]
            let before = try await record(world, events, key: "k", by: erp)
            let (old, next) = (World.masterKey, [UInt8](repeating: 9, count: 32))
            let change = ChangeMasterKey(
                store: world.store, capabilities: world.useCases.maintenance.capabilities, node: "test")
            _ = try await change(
                from: #require(MasterKey(Secret(old))), to: #require(MasterKey(Secret(next))))
            let after = try await World.open(world.store, clock: world.clock, realm: world.realm, masterKey: next)
            #expect(try await record(after, events, key: "k", by: erp) == before)
            #expect(try await record(after, [.sample("b", id: "1")], by: erp) == [before[1]])
            await #expect(throws: Refused.reused) { try await record(after, [.sample("c", id: "1")], by: erp) }
            #expect(try await written(after, 2).count == 2)
        }
    }

    @Test(arguments: Backend.available)
    func `what is known about a subject is sealed for that person alone`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let erp = try await world.application()
            let maria = try await world.signUp("maria").user.id
            _ = try await record(
                world, [.sample(subject: maria, personal: ["diagnosis": "none", "id": "me"])], by: erp)
            let line = try #require(try await written(world, 1).first)
            #expect(line.this["subject"]?["personal"]?["diagnosis"]?.string == "none")
            #expect(line.this["subject"]?["id"]?.string == maria.text)
            let stored = try await world.store.read { (tx) throws(StoreFault) in
                try tx.events(realm: .standard, having: .application("erp"), .newestFirst, from: nil, limit: 1)
            }
            let row = try #require(stored.first).event
            #expect(
                !row.details.utf8.contains("diagnosis".utf8) && row.personal.map(\.subject) == [erp.user.id, maria])
        }
    }

    @Test func `a subject of another realm is nobody here`() async throws {
        try await withWorld(.sqlite) { world in
            let erp = try await world.application()
            let outcome = try await world.useCases.addUser(
                SignUp.Input(username: "root", email: "root@example.com", password: Secret(utf8: "correct horse b")),
                roles: [], createMissingRoles: false, in: World.settings(.system), by: .commandLine)
            guard case .added(let root, _) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            await #expect(throws: Refused.invalid(["events[0].subject unknown"])) {
                try await record(world, [.sample(subject: root.id)], by: erp)
            }
        }
    }

    @Test func `details cannot pass for what this server says`() async throws {
        try await withWorld(.sqlite) { world in
            let erp = try await world.application()
            let details: JSON = [
                "ip": "203.0.113.1", "realm": "system", "forged": true, "user_id": "x",
                "text": "a\r\n{\"who\":\"root\"}",
            ]
            _ = try await record(world, [.sample(details: details)], by: erp)
            let line = try #require(try await written(world).first)
            #expect(line.this["ip"]?.string == "192.0.2.7" && line.this["realm"]?.string == "default")
            #expect(line.this["forged"] == nil && line.this["data"]?["forged"]?.bool == true)
            #expect(!line.json.bytes.contains(10) && !line.json.bytes.contains(13))
        }
    }

    @Test(arguments: Backend.available)
    func `a program writes with its API key, and is the system`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.application()
            let made = try await world.useCases.createAPIKey(
                CreateAPIKey.Input(
                    name: "erp", permissions: ["audit:write", "application:erp"], networks: [], expires: .never),
                in: .standard, by: .commandLine)
            guard case .created(let text, let summary) = made else { throw World.WorldFault.refused("\(made)") }
            let outcome = try await world.useCases.authenticate(
                Credentials(apiKey: Array(text.utf8)[...]), in: world.realm)
            guard case .authenticated(let program) = outcome else { throw World.WorldFault.refused("\(outcome)") }
            for _ in 0..<2 {
                let written = try await world.useCases.recordEvents(
                    [.sample()], as: nil, key: "once", by: program, in: .standard, from: World.source)
                guard case .recorded = written else { throw World.WorldFault.refused("\(written)") }
            }
            let lines = try await world.events(count: 1) { $0.did.hasPrefix("app:erp:") }
            #expect(lines.count == 1)
            #expect(lines.first?.who == "system" && lines.first?.confirmedBy == "api_key")
            #expect(lines.first?.this["api_key"]?.string == summary.id.text)
        }
    }

    @Test func `who writes too much has to wait, and others need not`() async throws {
        try await Backend.sqlite.withStore { store in
            let clock = ManualClock(Backend.systemClock())
            let world = try await World.open(
                store, clock: clock,
                auditLimits: UseCases.AuditLimits(eventsPerSecond: 2, streams: .standard),
                monotonic: { clock.now.milliseconds })
            let (erp, crm) = (try await world.application(), try await world.application("crm", as: ["crm"]))
            _ = try await record(world, [ApplicationEvent](repeating: .sample(), count: 99), by: erp)
            _ = try await record(world, [.sample()], by: erp)
            let outcome = try await world.useCases.recordEvents(
                [.sample(), .sample()], as: nil, key: nil, by: AuthResult(erp, by: .bearer), in: .standard,
                from: World.source)
            guard case .refused(.tooMany(retryAfter: .seconds(1))) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            _ = try await record(world, [.sample()], by: crm)
            clock.advance(by: .seconds(1))
            _ = try await record(world, [.sample(), .sample()], by: erp)
        }
    }

    @Test(arguments: Backend.available)
    func `after three days a key is forgotten`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let erp = try await world.application()
            let first = try await record(world, [.sample()], key: "k", by: erp)
            try await world.useCases.maintenance.forgetAnswers()
            #expect(try await record(world, [.sample()], key: "k", by: erp) == first)
            let later = try await world.store.transaction { (tx) throws(StoreFault) in
                let before = try tx.forgetAnswers(before: tx.now, limit: 0)
                return (before, try tx.forgetAnswers(before: tx.now + .seconds(1), limit: 10))
            }
            #expect(later == (0, 1))
            #expect(try await record(world, [.sample()], key: "k", by: erp) != first)
        }
    }
}
