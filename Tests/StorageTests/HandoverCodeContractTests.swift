import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: handover codes")
struct HandoverCodeContractTests {
    private static func code(
        _ digest: [UInt8], of session: Session, lasting life: Duration = .seconds(60), at now: Timestamp
    ) -> HandoverCode {
        HandoverCode(
            digest: digest, realm: session.realm, session: session.id, application: "wiki", host: "wiki.example:8443",
            browser: [0, 9], returnTo: "/a?b=c", expiresAt: now + life)
    }

    @Test(arguments: Backend.contract)
    func `a code comes back once, as it was`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let session = try await store.addSession(of: try await store.addUser())
            let code = try await store.transaction { (tx) throws(StoreFault) in
                let code = Self.code([1, 0], of: session, at: tx.now)
                try tx.insert(code)
                return code
            }
            let found = try await store.transaction { (tx) throws(StoreFault) in
                [try tx.consumeCode([1]), try tx.consumeCode([1, 0]), try tx.consumeCode([1, 0])]
            }
            #expect(found == [nil, code, nil])
        }
    }

    @Test(arguments: Backend.contract)
    func `of many who show one code at once exactly one gets it`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let session = try await store.addSession(of: try await store.addUser())
            for round: UInt8 in 0..<20 {
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.insert(Self.code([round], of: session, at: tx.now))
                }
                let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            try await store.transaction { (tx) throws(StoreFault) in
                                try tx.consumeCode([round]) != nil
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
    func `an expired code is none, and goes in slices`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let session = try await store.addSession(of: try await store.addUser())
            try await store.transaction { (tx) throws(StoreFault) in
                try tx.insert(Self.code([0], of: session, at: tx.now))
                for number: UInt8 in 1...3 {
                    try tx.insert(Self.code([number], of: session, lasting: .zero, at: tx.now))
                }
            }
            let (expired, counts, living) = try await store.transaction { (tx) throws(StoreFault) in
                let expired = try tx.consumeCode([1])
                var counts: [Int64] = []
                for _ in 0..<3 { counts.append(try tx.deleteExpiredCodes(limit: 2)) }
                return (expired, counts, try tx.consumeCode([0]))
            }
            #expect(expired == nil && counts == [2, 1, 0] && living != nil)
        }
    }
}
