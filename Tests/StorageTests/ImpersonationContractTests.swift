import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: impersonations and the break-glass code")
struct ImpersonationContractTests {
    private struct Scene {
        let store: any Store
        let stored: StoredImpersonation
        let operators: Session
    }

    private func scene(_ store: any Store) async throws -> Scene {
        let user = try await store.addUser()
        let person = Sample.user("rui", realm: .system)
        return try await store.transaction { (tx) throws(StoreFault) in
            _ = try tx.insert(person)
            let own = Sample.session(of: person.id, realm: .system, at: tx.now)
            try tx.insert(own, origin: Sample.origin)
            let acting = Impersonation(
                id: Sample.id(), impersonator: person.id, name: "rui", session: own.id, reason: "because of a ticket",
                mayWrite: true, startedAt: tx.now, endsAt: tx.now + .seconds(600), wrappedKey: nil)
            let session = Session(
                id: Sample.id(), realm: .standard, user: user.id, client: Session.nativeClient, issued: .first,
                confirmedAt: nil, createdAt: tx.now, lastActivityAt: tx.now, idleLimit: .seconds(600),
                absoluteEnd: acting.endsAt, endedAt: nil, amr: [], authTime: Timestamp(milliseconds: 0), level: 1,
                impersonation: acting.id)
            try tx.insert(session, origin: Sample.origin)
            let stored = StoredImpersonation(acting, realm: .standard, user: user.id, session: session.id)
            try tx.insert(stored)
            return Scene(store: store, stored: stored, operators: own)
        }
    }

    private func ending(_ scene: Scene) async throws -> ImpersonationEnd? {
        try await scene.store.read { (reader) throws(StoreFault) in
            try reader.impersonation(scene.stored.acting.id, realm: .standard)?.ending(at: reader.now)
        }
    }

    @Test(arguments: Backend.contract)
    func `it comes back as it was, in its realm alone, with its session`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let scene = try await scene(store)
            let (id, session) = (scene.stored.acting.id, scene.stored.session)
            let found = try await store.read { (reader) throws(StoreFault) in
                (
                    try reader.impersonation(id, realm: .standard), try reader.impersonation(id, realm: .system),
                    try reader.session(session, realm: .standard)?.impersonation
                )
            }
            let acting = try #require(found.0).acting
            #expect(acting.name == "rui" && acting.reason == "because of a ticket" && acting.mayWrite)
            #expect(acting.session == scene.operators.id && acting.endsAt == scene.stored.acting.endsAt)
            #expect(found.1 == nil && found.2 == id)
            #expect(try await ending(scene) == nil)
            let lists = try await store.read { (reader) throws(StoreFault) in
                [
                    try reader.impersonations(realm: .standard, of: nil, before: nil, limit: 9),
                    try reader.impersonations(realm: .standard, of: scene.stored.user, before: nil, limit: 9),
                    try reader.impersonations(realm: .standard, of: Sample.id(), before: nil, limit: 9),
                    try reader.impersonations(realm: .standard, of: nil, before: id, limit: 9),
                    try reader.impersonations(realm: .system, of: nil, before: nil, limit: 9),
                ].map(\.count)
            }
            #expect(lists == [1, 1, 0, 0, 0])
        }
    }

    @Test(arguments: Backend.contract)
    func `what becomes of the operator is told with it`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let gone = try await scene(store)
            _ = try await store.transaction { (tx) throws(StoreFault) in
                try tx.end(gone.operators.id, reason: .logout)
            }
            #expect(try await ending(gone) == .operatorSignedOut)
            _ = try await store.transaction { (tx) throws(StoreFault) in
                try tx.setActive(false, user: gone.stored.acting.impersonator, realm: .system)
            }
            #expect(try await ending(gone) == .operatorDisabled)
        }
    }

    @Test(arguments: Backend.contract)
    func `an end is told once, and the first cause stays`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let scene = try await scene(store)
            let id = scene.stored.acting.id
            let sessions = try await store.transaction { (tx) throws(StoreFault) in
                try tx.endImpersonations(realm: .standard, as: .realmDisabled)
            }
            #expect(sessions == [scene.stored.session])
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await store.transaction { (tx) throws(StoreFault) in try tx.recordEnd(of: id, as: .ended) }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
            #expect(try await ending(scene) == .realmDisabled)
            let open = try await store.read { (reader) throws(StoreFault) in
                (
                    try reader.unrecordedImpersonations(after: nil, limit: 9).count,
                    try reader.session(scene.stored.session, realm: .standard)?.endedAt
                )
            }
            #expect(open.0 == 0 && open.1 != nil)
        }
    }

    @Test(arguments: Backend.contract)
    func `a code is used up by one of many, and a newer one takes its place`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            for round: UInt8 in 0..<10 {
                let id = Sample.id(BreakGlassCode.self)
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.replaceBreakGlass(Sample.id(), digest: [0xFF, round])
                    try tx.replaceBreakGlass(id, digest: [round])
                }
                let winners = try await withThrowingTaskGroup(of: ID<BreakGlassCode>?.self) { group in
                    for place in 0..<8 {
                        group.addTask {
                            try await store.transaction { (tx) throws(StoreFault) in
                                try tx.consumeBreakGlass(place == 0 ? [0xFF, round] : [round])
                            }
                        }
                    }
                    return try await group.reduce(into: [ID<BreakGlassCode>]()) { if let id = $1 { $0.append(id) } }
                }
                #expect(winners == [id])
            }
            let found = try await store.transaction { (tx) throws(StoreFault) in
                (try tx.breakGlass()?.usedAt, try tx.revokeBreakGlass(), try tx.breakGlassUser())
            }
            #expect(found.0 != nil && !found.1 && found.2 == nil)
        }
    }
}
