import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: how many sessions stay")
struct SessionLimitContractTests {
    @Test(arguments: Backend.contract)
    func `the most recently used sessions stay, with their children`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            var begun: [Session] = []
            for _ in 0..<4 { begun.append(try await store.addSession(of: user)) }
            let sessions = begun
            let children = [try await store.addChild(of: sessions[0]), try await store.addChild(of: sessions[1])]
            // Over from the start: it takes nobody's place.
            _ = try await store.addSession(of: user, idle: .zero)
            let foreign = try await store.addSession(of: try await store.addUser("other"))
            let start = sessions[3].createdAt + .seconds(10)
            let uses = [3, 1, 2, 0].enumerated().map { place, number in
                SessionActivity(
                    session: sessions[number].id, lastActivityAt: start + .seconds(Int64(place)), confirmed: nil)
            }
            let (ended, none) = try await store.transaction { (tx) throws(StoreFault) in
                try tx.note(uses)
                return (
                    try tx.endLongestUnused(of: user.id, realm: .standard, keeping: 2),
                    try tx.endLongestUnused(of: user.id, realm: .standard, keeping: 2)
                )
            }
            #expect(ended.sorted() == [sessions[3].id, sessions[1].id, children[1].id].sorted() && none.isEmpty)
            try await store.look { tx throws in
                #expect(try tx.endReason(of: sessions[1].id) == .limit)
                #expect(try tx.endReason(of: children[1].id) == .parentEnded)
                let live = try tx.liveSessions(of: user.id, realm: .standard, after: nil, limit: 9)
                #expect(Set(live.map(\.session.id)) == [sessions[0].id, sessions[2].id, children[0].id])
                #expect(try tx.session(foreign.id, realm: .standard)?.endedAt == nil)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `sign-ins at the same moment leave no more than the limit`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            for _ in 0..<5 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            _ = try await store.transaction { (tx) throws(StoreFault) in
                                try tx.insert(Sample.session(of: user.id, at: tx.now), origin: Sample.origin)
                                return try tx.endLongestUnused(of: user.id, realm: .standard, keeping: 3)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let live = try await store.look { tx in
                    try tx.liveSessions(of: user.id, realm: .standard, after: nil, limit: 99)
                }
                #expect(live.count == 3)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `sessions that are long over go in slices, with their children and codes`(
        _ backend: Backend
    ) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let living = try await store.addSession(of: user)
            let livingChild = try await store.addChild(of: living)
            let ended = [try await store.addSession(of: user), try await store.addSession(of: user)]
            let child = try await store.addChild(of: ended[0])
            // Its absolute end is a day away: it goes a day later than one that was ended now.
            let unused = try await store.addSession(of: user, idle: .zero)
            let now = try await store.transaction { (tx) throws(StoreFault) in
                try tx.insert(
                    HandoverCode(
                        digest: [1], realm: .standard, session: ended[0].id, application: "wiki", host: "w.example",
                        browser: [], returnTo: "/", expiresAt: tx.now + .seconds(60)))
                for session in ended { _ = try tx.end(session.id, reason: .logout) }
                return tx.now
            }
            @Sendable func left() async throws -> Set<ID<Session>> {
                try await store.look { tx in
                    let all = [living, livingChild, child, unused] + ended
                    return Set(try all.filter { try tx.session($0.id, realm: .standard) != nil }.map(\.id))
                }
            }
            let none = try await store.transaction { (tx) throws(StoreFault) in
                try tx.deleteEndedSessions(before: now, limit: 9)
            }
            #expect(none == 0)
            var rounds = 0
            while try await store.transaction({ (tx) throws(StoreFault) in
                try tx.deleteEndedSessions(before: now + .milliseconds(1), limit: 1)
            }) == 1 { rounds += 1 }
            #expect((2...3).contains(rounds))
            #expect(try await left() == [living.id, livingChild.id, unused.id])
            let (code, later) = try await store.transaction { (tx) throws(StoreFault) in
                (
                    try tx.consumeCode([1]),
                    try tx.deleteEndedSessions(before: unused.absoluteEnd + .milliseconds(1), limit: 99)
                )
            }
            #expect(code == nil && later >= 2)
            #expect(try await left() == [])
        }
    }
}
