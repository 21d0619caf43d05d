import Domain
import Storage
import TestSupport
import Testing

/// The transaction of its own that a rotation may be, and the commits that many share.
@Suite("Store contract: rotations")
struct RotationContractTests {
    @Test(arguments: Backend.contract)
    func `of many who rotate one session at once exactly one wins, every time`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let session = try await store.addSession(of: try await store.addUser())
            for round in 1...20 {
                let counter = try #require(Counter(Int64(round)))
                let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            try await store.advance(session.id, in: .server, from: counter, origin: Sample.origin)
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(winners == 1)
            }
            let found = try await store.look { tx in try tx.session(session.id, realm: .standard) }
            #expect(found?.issued == Counter(21))
        }
    }

    @Test(arguments: Backend.contract)
    func `many sessions that rotate at once all go forward, each with its own origin`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            var sessions: [Session] = []
            for _ in 0..<200 { sessions.append(try await store.addSession(of: user)) }
            for round in 1...3 {
                let counter = try #require(Counter(Int64(round)))
                try await withThrowingTaskGroup { group in
                    for (number, session) in sessions.enumerated() {
                        let origin = SessionOrigin(address: "198.51.100.\(number)", userAgent: "é \(number)\r\n")
                        group.addTask {
                            let isFirst = try await store.advance(
                                session.id, in: .server, from: counter, origin: origin)
                            #expect(isFirst)
                        }
                    }
                    try await group.waitForAll()
                }
            }
            for (number, session) in sessions.enumerated() {
                let (found, origin) = try await store.look { tx in
                    (try tx.session(session.id, realm: .standard), try tx.sessionOrigin(session.id))
                }
                #expect(found?.issued == Counter(4) && found?.confirmedAt == nil)
                #expect(origin == SessionOrigin(address: "198.51.100.\(number)", userAgent: "é \(number)\r\n"))
            }
        }
    }

    /// Each for its own reason, beside one that does rotate and must not be kept from it.
    @Test(arguments: Backend.contract)
    func `a session that is over, ended, unknown or elsewhere does not rotate`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let good = try await store.addSession(of: user)
            let idle = try await store.addSession(of: user, idle: .zero)
            let ended = try await store.addSession(of: user)
            let over = try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.end(ended.id, reason: .logout)
                // Its absolute end is a day after its beginning.
                let over = Sample.session(
                    of: user.id, at: Timestamp(milliseconds: tx.now.milliseconds - 86_400_000), idle: .seconds(200_000))
                try tx.insert(over, origin: Sample.origin)
                return over
            }
            let second = Counter.first.next
            let asked: [(ID<Session>, Counter, Bool)] = [
                (idle.id, .first, false), (ended.id, .first, false), (over.id, .first, false),
                (Sample.id(), .first, false), (good.id, second, false), (good.id, .first, true),
            ]
            for (id, counter, expected) in asked {
                let isFirst = try await store.advance(id, in: .server, from: counter, origin: Sample.origin)
                #expect(isFirst == expected)
                // The statement alone, and in a transaction, say the same.
                let again = try await store.transaction { (tx) throws(StoreFault) in
                    try tx.advance(id, from: counter, origin: Sample.origin)
                }
                #expect(!again)
            }
            for id in [idle.id, ended.id, over.id] {
                let found = try await store.look { tx in try tx.session(id, realm: .standard) }
                #expect(found?.issued == .first)
            }
        }
    }

    /// SQLite's writer is one, so nobody else can have the row.
    @Test(.enabled(if: Backend.available.contains(.postgres)), .timeLimit(.minutes(4)))
    func `a row that a stranger holds is left alone, and keeps nobody else`() async throws {
        try await Backend.postgres.withStore { store in
            let user = try await store.addUser()
            let (held, free) = (try await store.addSession(of: user), try await store.addSession(of: user))
            let gate = Gate()
            async let stranger: Void = store.transaction { (tx) throws(StoreFault) in
                _ = try tx.advance(held.id, from: .first, origin: Sample.origin)
                gate.wait()
            }
            while !gate.isReached { try await Task.sleep(for: .milliseconds(1)) }
            let isHeld = try await !store.advance(held.id, in: .server, from: .first, origin: Sample.origin)
            let isFree = try await store.advance(free.id, in: .server, from: .first, origin: Sample.origin)
            gate.open()
            try await stranger
            #expect(isHeld && isFree)
        }
    }

    @Test(.enabled(if: Backend.available.contains(.postgres)))
    func `one whose texts the database refuses does not fail the others`() async throws {
        try await Backend.postgres.withStore { store in
            let user = try await store.addUser()
            let (bad, good) = (try await store.addSession(of: user), try await store.addSession(of: user))
            let odd = SessionOrigin(address: "192.0.2.1", userAgent: "a\0b")
            async let refused = store.advance(bad.id, in: .server, from: .first, origin: odd)
            async let done = store.advance(good.id, in: .server, from: .first, origin: Sample.origin)
            let answers = try await [refused, done]
            #expect(answers == [false, true])
        }
    }
}
