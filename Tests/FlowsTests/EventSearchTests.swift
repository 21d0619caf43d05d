import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Searching the audit") struct EventSearchTests {
    /// Two people, a refusal, and an application's document; returns once all of it is settled.
    private func populate(_ world: World) async throws {
        _ = try await world.signUp("maria")
        _ = try await world.signUp("rui")
        _ = try await world.signIn("maria", password: "wrong")
        _ = try await world.signIn("stranger", password: "x")
        let erp = try await world.application()
        _ = try await world.useCases.recordEvents(
            [.sample("stored", kind: .document), .sample("sent", status: false)], as: nil, key: nil,
            by: AuthResult(erp, by: .bearer), in: .standard, from: World.source)
        _ = try await world.audit(count: 14)
    }

    private func dids(_ world: World, _ filter: EventFilter) async throws -> [String] {
        try await world.useCases.listEvents(in: .standard, matching: filter, limit: 200).lines.map(\.did)
    }

    @Test(arguments: Backend.available)
    func `each field finds exactly its events`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await populate(world)
            let all = try await world.useCases.listEvents(in: .standard, limit: 200).lines
            #expect(all.count == 15)
            let rui = try #require(all.first { $0.who == "rui" }?.this["user_id"]?.string)
            let session = try #require(all.first { $0.did == "login" && $0.who == "rui" }?.this["session"]?.string)
            let filters: [(EventFilter, (LogLine) -> Bool)] = [
                (EventFilter(who: "MARIA"), { $0.who == "maria" }), (EventFilter(who: rui), { $0.who == "rui" }),
                (EventFilter(who: "system"), { $0.who == "system" }),
                (EventFilter(who: "unknown"), { $0.who == "unknown" }), (EventFilter(who: "nobody"), { _ in false }),
                (EventFilter(who: "not\u{0}aname"), { _ in false }),
                (EventFilter(did: "login"), { $0.did == "login" }),
                (EventFilter(status: false), { !$0.status }), (EventFilter(status: true), { $0.status }),
                (EventFilter(confirmedBy: "password"), { $0.confirmedBy == "password" }),
                (EventFilter(ifOK: "access_granted"), { $0.ifOK == "access_granted" }),
                (EventFilter(ifDoubt: "review"), { $0.ifDoubt == "review" }),
                (EventFilter(ifNot: "block_access"), { $0.ifNot == "block_access" }),
                (EventFilter(kind: "document"), { $0.did == "app:erp:stored" }),
                (EventFilter(kind: "event"), { $0.did != "app:erp:stored" }),
                (EventFilter(application: "erp"), { $0.did.hasPrefix("app:") }),
                (EventFilter(request: "request-1"), { $0.this["request_id"]?.string == "request-1" }),
                (EventFilter(session: session), { $0.this["session"]?.string == session }),
                (
                    EventFilter(who: "maria", did: "login_failed", status: false),
                    { $0.did == "login_failed" && $0.who == "maria" }
                ),
                (EventFilter(did: "login", application: "erp"), { _ in false }),
            ]
            for (filter, isWanted) in filters {
                let found = try await world.useCases.listEvents(in: .standard, matching: filter, limit: 200).lines
                #expect(found.map(\.id) == all.filter(isWanted).map(\.id), "\(filter)")
                let reversed = try await world.useCases.listEvents(
                    in: .standard, matching: filter, .oldestFirst, limit: 200)
                #expect(reversed.lines.map(\.id) == found.map(\.id).reversed(), "\(filter)")
            }
            #expect(try await dids(world, EventFilter(who: "maria")).count == 3)
        }
    }

    @Test(arguments: Backend.available)
    func `another realm's events are never found`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            try await populate(world)
            let page = try await world.useCases.listEvents(
                in: .system, matching: EventFilter(did: "login"), limit: 200)
            #expect(page.lines.isEmpty && page.next == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `a range of time is from its first millisecond to before its last`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let times: [Int64] = [10_000, 20_000, 20_001, 5_000_000, 9_000_000]
            for (number, time) in times.enumerated() {
                try await world.write("e\(number)", at: time)
            }
            _ = try await world.audit(count: 5)
            func found(_ from: Int64?, _ to: Int64?) async throws -> [[String]] {
                let filter = EventFilter(
                    from: from.map(Timestamp.init(milliseconds:)), to: to.map(Timestamp.init(milliseconds:)))
                var answers: [[String]] = []
                for order in [EventOrder.newestFirst, .oldestFirst] {
                    let lines = try await world.useCases.listEvents(
                        in: .standard, matching: filter, order, limit: 50
                    ).lines.map(\.did).filter { $0 != "create_role" }
                    answers.append(order == .newestFirst ? lines.reversed() : lines)
                }
                return answers
            }
            for (from, to, wanted) in [
                (nil, nil, ["e0", "e1", "e2", "e3", "e4"]), (20_000, 20_001, ["e1"]), (20_000, 20_002, ["e1", "e2"]),
                (20_001, 20_001, []), (20_002, nil, ["e3", "e4"]), (nil, 20_000, ["e0"]),
                (5_000_000, 9_000_000, ["e3"]), (9_000_001, 9_999_999, []), (0, 1, []),
            ] as [(Int64?, Int64?, [String])] {
                #expect(try await found(from, to) == [wanted, wanted], "\(from ?? -1) to \(to ?? -1)")
            }
        }
    }

    @Test(arguments: Backend.available)
    func `times written by a clock that was wrong hide no other event`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let hour: Int64 = 3_600_000
            // The clock began years ahead, was two hours ahead, and was then set right.
            for (number, time) in [10_000 * hour, 14 * hour, 12 * hour, 13 * hour, 15 * hour].enumerated() {
                try await world.write("e\(number)", at: time)
            }
            _ = try await world.audit(count: 5)
            func found(_ from: Int64, _ to: Int64) async throws -> Set<String> {
                let filter = EventFilter(
                    from: Timestamp(milliseconds: from * hour), to: Timestamp(milliseconds: to * hour))
                return Set(try await dids(world, filter))
            }
            #expect(try await found(12, 14) == ["e2", "e3"])
            #expect(try await found(12, 15) == ["e1", "e2", "e3"])
            #expect(try await found(14, 16) == ["e1", "e4"])
            #expect(try await found(9_000, 11_000) == ["e0"])
        }
    }

    @Test(arguments: Backend.available)
    func `pages stay as they are while rows arrive`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            for number in 0..<10 { try await world.write("e\(number)", at: Int64(number)) }
            _ = try await world.audit(count: 10)
            var seen: [String] = []
            var place: EventPosition?
            var round = 0
            repeat {
                let page = try await world.useCases.listEvents(
                    in: .standard, matching: EventFilter(confirmedBy: "test"), from: place, limit: 3)
                seen += page.lines.map(\.did)
                place = page.next
                round += 1
                try await world.write("late\(round)", at: 5)
                _ = try await world.audit(count: 10 + round)
            } while place != nil
            #expect(seen == (0..<10).reversed().map { "e\($0)" })
        }
    }

    @Test(arguments: Backend.available)
    func `a page that would look at too many rows ends early, with a place to go on from`(_ backend: Backend)
        async throws
    {
        try await withWorld(backend) { world in
            let total = 2 * ListEvents.budget + 100
            let recorder = world.useCases.recordEvents.recorder
            let drafts = (0..<total).map { number in
                recorder.draft(
                    did: "d", Event.Consequences(ifOK: "a", ifDoubt: "b", ifNot: number == 7 ? "rare" : "c"),
                    realm: .standard, status: true, actor: nil, confirmedBy: "test", source: .local, details: [],
                    personal: [])
            }
            try await world.store.transaction { (tx) throws(StoreFault) in
                for draft in drafts { try draft.append(to: tx) }
            }
            _ = try await world.settle(total)
            var pages = 0
            var found = 0
            var place: EventPosition?
            repeat {
                let page = try await world.useCases.listEvents(
                    in: .standard, matching: EventFilter(did: "d", ifNot: "rare"), from: place, limit: 5)
                found += page.lines.count
                place = page.next
                pages += 1
            } while place != nil && pages < 10
            #expect(found == 1 && pages == 3)
        }
    }
}

extension ApplicationEvent {
    static func sample(
        _ verb: String = "contract_confirmed", id: String? = nil, kind: Kind = .event, status: Bool = true,
        details: JSON? = ["contract": 4711], subject: ID<User>? = nil, personal: JSON? = nil
    ) -> ApplicationEvent {
        ApplicationEvent(
            id: id, verb: verb, kind: kind, status: status,
            consequences: Event.Consequences(ifOK: "invoice_sent", ifDoubt: "review", ifNot: "none"),
            details: details,
            document: kind == .document
                ? Document(
                    title: "Contract 4711", sha256: String(repeating: "0a", count: 32), mediaType: "application/pdf",
                    size: 48_213, uri: "https://files.example.com/4711") : nil, subject: subject, personal: personal)
    }
}

extension World {
    /// An event whose time the test chooses, as a node with another clock would write it.
    func write(_ did: String, at time: Int64) async throws {
        let event = Event(
            id: ID(at: clock.now, random: (0..<10).map { _ in UInt8.random(in: 0...255) }),
            time: Timestamp(milliseconds: time), realm: .standard, node: "test", did: did, status: true,
            confirmedBy: "test", consequences: Event.Consequences(ifOK: "", ifDoubt: "", ifNot: ""), actor: nil,
            details: "{}", personal: [])
        try await store.transaction { (tx) throws(StoreFault) in try tx.append(event, mac: [1]) }
    }

    /// Waits until so many events are settled.
    func settle(_ count: Int) async throws -> Bool {
        for _ in 0..<2_000 {
            let position = try await useCases.listEvents.newest()
            let page = try await store.read { (tx) throws(StoreFault) in
                try tx.events(realm: .standard, having: .did("d"), .newestFirst, from: nil, limit: count)
            }
            if page.count >= count, page.first?.position == position { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}
