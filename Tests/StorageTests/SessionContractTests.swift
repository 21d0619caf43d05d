import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: sessions and signing keys")
struct SessionContractTests {
    @Test(arguments: Backend.contract)
    func `a session comes back as it was, 64-bit ends and all`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let session = Session(
                id: Sample.id(), realm: .standard, user: user.id, client: "native", issued: try #require(Counter(.max)),
                confirmedAt: Timestamp(milliseconds: .min), createdAt: Timestamp(milliseconds: .min),
                lastActivityAt: Timestamp(milliseconds: -1), idleLimit: .milliseconds(Int64.max),
                absoluteEnd: Timestamp(milliseconds: .max), endedAt: nil, amr: ["pwd", "otp"],
                authTime: Timestamp(milliseconds: 0), level: .min)
            let origin = SessionOrigin(address: "2001:db8::1", userAgent: "agent \u{1F511}")
            try await store.transaction { (tx) throws(StoreFault) in try tx.insert(session, origin: origin) }
            try await store.look { tx throws in
                let found = try tx.session(session.id, realm: .standard)
                #expect(found?.user == user.id && found?.client == "native" && found?.issued == session.issued)
                #expect(found?.confirmedAt == session.confirmedAt && found?.createdAt == session.createdAt)
                #expect(found?.lastActivityAt == session.lastActivityAt && found?.idleLimit == session.idleLimit)
                #expect(found?.absoluteEnd == session.absoluteEnd && found?.endedAt == nil)
                #expect(found?.amr == ["pwd", "otp"] && found?.authTime == session.authTime && found?.level == .min)
                #expect(try tx.sessionOrigin(session.id) == origin)
                #expect(try tx.session(session.id, realm: .system) == nil)
                #expect(try tx.sessionOrigin(Sample.id()) == nil)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a session of a foreign user, or a second one of the same id, is a fault`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let session = try await store.addSession(of: user)
            let foreign = Sample.session(of: user.id, realm: .system, at: session.createdAt)
            for wrong in [session, foreign] {
                let fault = await #expect(throws: StoreFault.self) {
                    try await store.transaction { (tx) throws(StoreFault) in
                        try tx.insert(wrong, origin: Sample.origin)
                    }
                }
                guard case .constraint = fault else {
                    Issue.record("\(String(describing: fault))")
                    continue
                }
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `only the newest counter advances, and clears what was confirmed`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let session = try await store.addSession(of: try await store.addUser())
            let second = Counter.first.next
            let origin = SessionOrigin(address: "198.51.100.7", userAgent: "moved")
            let later = session.createdAt + .seconds(60)
            let (answers, before, after) = try await store.transaction { (tx) throws(StoreFault) in
                try tx.note([
                    SessionActivity(
                        session: session.id, lastActivityAt: later, confirmed: .init(counter: .first, at: later))
                ])
                let before = try tx.session(session.id, realm: .standard)
                let answers = [
                    try tx.advance(session.id, from: second, origin: origin),
                    try tx.advance(session.id, from: .first, origin: origin),
                    try tx.advance(session.id, from: .first, origin: Sample.origin),
                    try tx.advance(Sample.id(), from: .first, origin: origin),
                ]
                return (answers, before, try tx.session(session.id, realm: .standard))
            }
            #expect(answers == [false, true, false, false])
            #expect(before?.confirmedAt == later && before?.issued == .first)
            #expect(after?.issued == second && after?.confirmedAt == nil)
            #expect(before?.previousSeenAt == nil && after?.previousSeenAt == later)
            // The activity was noted with a later time than now: it does not move back.
            #expect(after?.lastActivityAt == later)
            let found = try await store.look { tx in try tx.sessionOrigin(session.id) }
            #expect(found == origin)
        }
    }

    @Test(arguments: Backend.contract)
    func `of many who advance the same counter exactly one wins`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let session = try await store.addSession(of: try await store.addUser())
            for round in 1...20 {
                let counter = try #require(Counter(Int64(round)))
                let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            try await store.transaction { (tx) throws(StoreFault) in
                                try tx.advance(session.id, from: counter, origin: Sample.origin)
                            }
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(winners == 1)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a counter goes forward to one that a newer copy had issued, never back`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let session = try await store.addSession(of: try await store.addUser())
            let (ahead, behind) = (try #require(Counter(9)), try #require(Counter(4)))
            let issued = try await store.transaction { (tx) throws(StoreFault) in
                #expect(try tx.fastForward(session.id, to: ahead, origin: Sample.origin))
                #expect(try !tx.fastForward(session.id, to: behind, origin: Sample.origin))
                return try tx.session(session.id, realm: .standard)?.issued
            }
            #expect(issued == ahead)
        }
    }

    /// Both ways to advance: in a transaction, and in a commit that is shared.
    @Test(arguments: Backend.contract)
    func `a rotation keeps when the token before was seen to arrive, at the latest now`(
        _ backend: Backend
    ) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            for isShared in [false, true] {
                let session = try await store.addSession(of: user)
                let seen = Timestamp(milliseconds: session.createdAt.milliseconds - 5_000)
                func rotate(_ counter: Counter) async throws -> Session? {
                    let isFirst =
                        isShared
                        ? try await store.advance(session.id, in: .server, from: counter, origin: Sample.origin)
                        : try await store.transaction { (tx) throws(StoreFault) in
                            try tx.advance(session.id, from: counter, origin: Sample.origin)
                        }
                    #expect(isFirst)
                    return try await store.look { tx in try tx.session(session.id, realm: .standard) }
                }
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.note([
                        SessionActivity(
                            session: session.id, lastActivityAt: seen, confirmed: .init(counter: .first, at: seen))
                    ])
                }
                let second = try #require(try await rotate(.first))
                #expect(second.confirmedAt == nil && second.previousSeenAt == seen)
                // Of the second nothing was seen before its exchange.
                let third = try #require(try await rotate(Counter.first.next))
                let now = try #require(third.previousSeenAt)
                #expect(now > seen && third.confirmedAt == nil && now <= third.lastActivityAt)
                let ahead = try await store.transaction { (tx) throws(StoreFault) in
                    _ = try tx.fastForward(session.id, to: Counter(9)!, origin: Sample.origin)
                    return (try tx.session(session.id, realm: .standard), tx.now)
                }
                #expect(ahead.0?.previousSeenAt == ahead.1 && ahead.0?.confirmedAt == nil)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `activity moves forward only, and a confirmation is written once`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let session = try await store.addSession(of: user)
            let other = try await store.addSession(of: user)
            let start = session.createdAt
            @Sendable func activity(_ delay: Int64, _ counter: Counter?, of id: ID<Session>) -> SessionActivity {
                let time = start + .seconds(delay)
                return SessionActivity(
                    session: id, lastActivityAt: time, confirmed: counter.map { .init(counter: $0, at: time) })
            }
            let steps = [
                activity(5, nil, of: session.id), activity(3, Counter.first.next, of: session.id),
                activity(7, .first, of: session.id), activity(6, .first, of: session.id),
            ]
            let expected: [(Int64, Int64?)] = [(5, nil), (5, nil), (7, 7), (7, 7)]
            for (step, expected) in zip(steps, expected) {
                let found = try await store.transaction { (tx) throws(StoreFault) in
                    try tx.note([step, activity(1, .first, of: Sample.id())])
                    return try tx.session(session.id, realm: .standard)
                }
                #expect(found?.lastActivityAt == start + .seconds(expected.0))
                #expect(found?.confirmedAt == expected.1.map { start + .seconds($0) })
            }
            let untouched = try await store.read { (tx) throws(StoreFault) in
                try tx.session(other.id, realm: .standard)
            }
            #expect(untouched?.lastActivityAt == other.lastActivityAt && untouched?.confirmedAt == nil)
        }
    }

    @Test(arguments: Backend.contract)
    func `a session ends once, and neither advances nor is noted afterwards`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let session = try await store.addSession(of: try await store.addUser())
            let (ends, advanced, found) = try await store.transaction { (tx) throws(StoreFault) in
                let ends = [
                    try tx.end(session.id, reason: .theft), try tx.end(session.id, reason: .logout),
                    try tx.end(Sample.id(), reason: .logout),
                ]
                let advanced = try tx.advance(session.id, from: .first, origin: Sample.origin)
                _ = try tx.fastForward(session.id, to: Counter.first.next, origin: Sample.origin)
                try tx.note([
                    SessionActivity(session: session.id, lastActivityAt: tx.now + .seconds(9), confirmed: nil)
                ])
                return (ends, advanced, try tx.session(session.id, realm: .standard))
            }
            #expect(ends == [[session.id], [], []] && !advanced)
            #expect(found?.endedAt != nil && found?.issued == .first)
            #expect(found?.lastActivityAt == session.lastActivityAt)
        }
    }

    @Test(arguments: Backend.contract)
    func `all live sessions of one user end together`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let (user, other) = (try await store.addUser("a"), try await store.addUser("b"))
            for _ in 0..<3 { _ = try await store.addSession(of: user) }
            let kept = try await store.addSession(of: other)
            // Idle for nothing: over from the start.
            _ = try await store.addSession(of: user, idle: .zero)
            let counts = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.endSessions(of: user.id, except: nil, reason: .userDisabled).count,
                    try tx.endSessions(of: user.id, except: nil, reason: .userDisabled).count,
                ]
            }
            #expect(counts == [3, 0])
            let survivor = try await store.read { (tx) throws(StoreFault) in
                try tx.session(kept.id, realm: .standard)
            }
            #expect(survivor?.endedAt == nil)
        }
    }

    @Test(arguments: Backend.contract)
    func `signing keys are listed oldest first, retired ones included`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            @Sendable func key(_ kid: String, at time: Int64, retired: Int64?, realm: RealmName = .standard)
                -> StoredSigningKey
            {
                StoredSigningKey(
                    kid: kid, realm: realm, algorithm: "ES256", publicJWK: "{}", wrappedPrivateKey: [0, 7, 0],
                    createdAt: Timestamp(milliseconds: time), retiredAt: retired.map { Timestamp(milliseconds: $0) })
            }
            let keys = try await store.transaction { (tx) throws(StoreFault) in
                try tx.claim(Sample.wrappingKey(1))
                try tx.insert(key("young", at: 3, retired: nil))
                try tx.insert(key("old", at: 1, retired: 2))
                try tx.insert(key("foreign", at: 0, retired: nil, realm: .system))
                return try tx.signingKeys(realm: .standard)
            }
            #expect(keys.map(\.kid) == ["old", "young"])
            #expect(keys.map(\.retiredAt) == [Timestamp(milliseconds: 2), nil])
            #expect(keys.allSatisfy { $0.wrappedPrivateKey == [0, 7, 0] && $0.algorithm == "ES256" })
        }
    }
}
