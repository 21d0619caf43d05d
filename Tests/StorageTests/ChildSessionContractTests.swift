import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: child sessions")
struct ChildSessionContractTests {
    @Test(arguments: Backend.contract)
    func `a child ends with its parent, and not the other way round`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let (parent, other) = (try await store.addSession(of: user), try await store.addSession(of: user))
            let children = [try await store.addChild(of: parent), try await store.addChild(of: parent)]
            let foreign = try await store.addChild(of: other)
            let ends = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.end(children[0].id, reason: .logout), try tx.end(parent.id, reason: .theft),
                    try tx.end(parent.id, reason: .logout), try tx.end(children[1].id, reason: .logout),
                ]
            }
            #expect(ends == [[children[0].id], [parent.id, children[1].id], [], []])
            try await store.look { tx throws in
                #expect(try tx.endReason(of: children[0].id) == .logout)
                #expect(try tx.endReason(of: children[1].id) == .parentEnded)
                let found = try tx.session(foreign.id, realm: .standard)
                #expect(found?.endedAt == nil && found?.parent == other.id)
                #expect(try tx.session(other.id, realm: .standard)?.parent == nil)
                let live = try tx.liveSessions(of: user.id, realm: .standard, after: nil, limit: 9)
                #expect(live.map(\.session.id) == [other.id, foreign.id])
                #expect(
                    live.map(\.session.parent) == [nil, other.id] && live.allSatisfy { $0.origin == Sample.origin })
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `children of a parent that ran out end when it is ended`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let idle = Duration.seconds(3_600)
            let (parent, child) = try await store.transaction { (tx) throws(StoreFault) in
                let parent = Sample.session(of: user.id, at: tx.now - idle + .seconds(2), idle: idle)
                let child = Session(Sample.id(), childOf: parent, client: "app/wiki", at: parent.createdAt)
                for session in [parent, child] { try tx.insert(session, origin: Sample.origin) }
                // On a server that died before it wrote that the child was used.
                _ = try tx.advance(child.id, from: .first, origin: Sample.origin)
                return (parent, child)
            }
            try await Task.sleep(for: .milliseconds(2_100))
            let ended = try await store.transaction { (tx) throws(StoreFault) in
                try tx.end(parent.id, reason: .logout)
            }
            #expect(ended == [child.id])
        }
    }

    @Test(arguments: Backend.contract)
    func `only a living session of the same user that lasts as long can be a parent`(
        _ backend: Backend
    ) async throws {
        try await backend.withStore { store in
            let (user, other) = (try await store.addUser("a"), try await store.addUser("b"))
            let parent = try await store.addSession(of: user)
            let child = try await store.addChild(of: parent)
            let ended = try await store.addSession(of: user)
            _ = try await store.transaction { (tx) throws(StoreFault) in try tx.end(ended.id, reason: .logout) }
            let over = try await store.addSession(of: user, idle: .zero)
            func variant(
                user: ID<User>? = nil, of parent: Session, absolute: Duration = .zero, idle: Duration = .zero
            ) -> Session {
                Session(
                    id: Sample.id(), realm: .standard, user: user ?? parent.user, client: "app/wiki", issued: .first,
                    confirmedAt: nil, createdAt: parent.createdAt, lastActivityAt: parent.createdAt,
                    idleLimit: parent.idleLimit + idle, absoluteEnd: parent.absoluteEnd + absolute, endedAt: nil,
                    amr: [], authTime: parent.authTime, level: 1, parent: parent.id)
            }
            let wrong = [
                variant(of: child), variant(of: ended), variant(of: over), variant(user: other.id, of: parent),
                variant(of: parent, absolute: .milliseconds(1)), variant(of: parent, idle: .milliseconds(1)),
            ]
            for session in wrong {
                let fault = await #expect(throws: StoreFault.self) {
                    try await store.transaction { (tx) throws(StoreFault) in
                        try tx.insert(session, origin: Sample.origin)
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
    func `a child's activity is its parent's too, and never moves it back`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let parent = try await store.addSession(of: user)
            let children = [try await store.addChild(of: parent), try await store.addChild(of: parent)]
            let start = parent.createdAt + .seconds(100)
            @Sendable func activity(_ session: Session, _ delay: Int64, _ counter: Counter? = nil) -> SessionActivity {
                let time = start + .seconds(delay)
                return SessionActivity(
                    session: session.id, lastActivityAt: time, confirmed: counter.map { .init(counter: $0, at: time) })
            }
            let steps = [
                [activity(children[0], 9, .first), activity(children[1], 5)], [activity(children[1], 7)],
                [activity(parent, 11), activity(children[1], 20)],
            ]
            for (step, expected) in zip(steps, [(9, 9, 5), (9, 9, 7), (20, 9, 20)] as [(Int64, Int64, Int64)]) {
                try await store.transaction { (tx) throws(StoreFault) in try tx.note(step) }
                try await store.look { tx throws in
                    let found = try ([parent] + children).map { try tx.session($0.id, realm: .standard) }
                    let times = [expected.0, expected.1, expected.2].map { start + .seconds($0) }
                    #expect(found.map { $0?.lastActivityAt } == times)
                    // The proof of a child's token says nothing of the parent's.
                    #expect(found.map { $0?.confirmedAt } == [nil, start + .seconds(9), nil])
                }
            }
            // Nothing comes back to life by it.
            _ = try await store.transaction { (tx) throws(StoreFault) in try tx.end(parent.id, reason: .logout) }
            try await store.transaction { (tx) throws(StoreFault) in try tx.note([activity(children[0], 99)]) }
            let found = try await store.look { tx in try tx.session(parent.id, realm: .standard) }
            #expect(found?.lastActivityAt == start + .seconds(20) && found?.endedAt != nil)
        }
    }

    @Test(arguments: Backend.contract, [0, 1])
    func `all of a user's sessions end but the kept one with its family`(
        _ backend: Backend, _ kept: Int
    ) async throws {
        try await backend.withStore { store in
            let (user, stranger) = (try await store.addUser("a"), try await store.addUser("b"))
            let parent = try await store.addSession(of: user)
            let family = [parent, try await store.addChild(of: parent), try await store.addChild(of: parent)]
            let other = try await store.addSession(of: user)
            let others = [other, try await store.addChild(of: other)]
            let foreign = try await store.addSession(of: stranger)
            let (first, second) = try await store.transaction { (tx) throws(StoreFault) in
                (
                    try tx.endSessions(of: user.id, except: family[kept].id, reason: .revoked),
                    try tx.endSessions(of: user.id, except: foreign.id, reason: .userDisabled)
                )
            }
            #expect(first.sorted() == others.map(\.id).sorted())
            #expect(second.sorted() == family.map(\.id).sorted())
            let found = try await store.look { tx in try tx.session(foreign.id, realm: .standard) }
            #expect(found?.endedAt == nil)
        }
    }

    /// A child that came in while its parent was being ended would live without it.
    @Test(arguments: Backend.contract, ["end", "user", "limit"])
    func `a child that begins while its parent ends does not live on`(
        _ backend: Backend, _ way: String
    ) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            for round in 0..<25 {
                let parent = try await store.addSession(of: user)
                let ended = try await withThrowingTaskGroup(of: [ID<Session>].self) { group in
                    for _ in 0..<3 {
                        group.addTask {
                            // A parent that is over already is a fault, and as good.
                            _ = try? await store.addChild(of: parent)
                            return []
                        }
                    }
                    group.addTask {
                        try await Task.sleep(for: .microseconds(round * 60))
                        return try await store.transaction { (tx) throws(StoreFault) -> [ID<Session>] in
                            switch way {
                            case "end": try tx.end(parent.id, reason: .logout)
                            case "user": try tx.endSessions(of: user.id, except: nil, reason: .revoked)
                            default: try tx.endLongestUnused(of: user.id, realm: .standard, keeping: 0)
                            }
                        }
                    }
                    return try await group.reduce([]) { $0 + $1 }
                }
                #expect(ended.contains(parent.id))
                let live = try await store.look { tx in
                    try tx.liveSessions(of: user.id, realm: .standard, after: nil, limit: 9)
                }
                #expect(live.isEmpty)
            }
        }
    }
}

extension Store {
    /// An application's session beside one that lives.
    func addChild(of parent: Session) async throws(StoreFault) -> Session {
        try await transaction { (tx) throws(StoreFault) in
            let child = Session(Sample.id(), childOf: parent, client: "app/wiki", at: tx.now)
            try tx.insert(child, origin: Sample.origin)
            return child
        }
    }
}
