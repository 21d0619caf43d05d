import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: what letters carry")
struct AccountTokenContractTests {
    private static func token(
        _ id: UInt8, _ purpose: LetterPurpose = .resetPassword, of user: ID<User>, realm: RealmName = .standard
    ) -> AccountToken {
        AccountToken(
            id: [id, 1], digest: [id, 2], code: [3], realm: realm, purpose: purpose, subject: user, user: user,
            address: [4], binding: [5], data: [6], createdAt: Timestamp(milliseconds: 0),
            expiresAt: Timestamp(milliseconds: 0))
    }

    private static func insert(
        _ tokens: [AccountToken], life: Duration = .seconds(3_600), into store: any Store
    ) async throws {
        try await store.transaction { (tx) throws(StoreFault) in
            for token in tokens { try tx.insert(token, life: life, codeLife: .seconds(600)) }
        }
    }

    @Test(arguments: Backend.contract)
    func `one comes back once, in its realm, and newer ones replace older ones`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser().id
            let other = try #require(RealmName("other"))
            let (first, second) = (Self.token(1, of: user), Self.token(2, of: user))
            try await Self.insert([first, second], into: store)
            let found = try await store.transaction { (tx) throws(StoreFault) in
                [
                    try tx.accountToken(digest: first.digest, realm: .standard) != nil,
                    try tx.accountToken(digest: second.digest, realm: other) != nil,
                    try tx.accountToken(id: second.id, realm: .standard)?.digest == second.digest,
                    try tx.consume(first) != nil, try tx.consume(second) != nil, try tx.consume(second) != nil,
                ]
            }
            #expect(found == [false, false, true, false, true, false])
        }
    }

    @Test(arguments: Backend.contract)
    func `tries are counted before anything is compared, and end`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser().id
            let token = Self.token(1, of: user)
            try await Self.insert([token], into: store)
            let passed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        try await store.transaction { (tx) throws(StoreFault) in
                            try tx.countTry(atToken: token.id, realm: .standard, most: 5, isCode: true) != nil
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(passed == 5)
        }
    }

    @Test(arguments: Backend.contract)
    func `of many who show one at once exactly one gets it`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser().id
            for round: UInt8 in 0..<10 {
                let token = Self.token(round, of: user)
                try await Self.insert([token], into: store)
                let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            try await store.transaction { (tx) throws(StoreFault) in try tx.consume(token) != nil }
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(winners == 1)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `ways back outlive a change, and keep their address`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser().id
            let undo = [Self.token(1, .undoEmailChange, of: user), Self.token(2, .undoEmailChange, of: user)]
            try await Self.insert(undo + [Self.token(3, of: user)], into: store)
            let found = try await store.transaction { (tx) throws(StoreFault) in
                try tx.deleteAccountTokens(of: user)
                return [
                    try tx.accountToken(id: [1, 1], realm: .standard) != nil,
                    try tx.accountToken(id: [2, 1], realm: .standard) != nil,
                    try tx.accountToken(id: [3, 1], realm: .standard) != nil,
                    try tx.isReserved(address: [4], besides: .nobody, realm: .standard),
                    try tx.isReserved(address: [4], besides: user, realm: .standard),
                ]
            }
            #expect(found == [true, true, false, true, false])
        }
    }

    @Test(arguments: Backend.contract)
    func `ends that are due are gone through in pages, each once`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            var added: [ID<User>] = []
            for number in 0..<7 { added.append(try await store.addUser("user\(number)").id) }
            let users = added
            let (all, pages) = try await store.transaction { (tx) throws(StoreFault) in
                for (number, user) in users.enumerated() {
                    // Several at the same moment.
                    let due = tx.now - .seconds(Int64(number / 3))
                    try tx.plan(PlannedEnding(user: user, realm: .standard, dueAt: due, isByOwner: true))
                }
                var pages: [[PlannedEnding]] = []
                repeat {
                    pages.append(try tx.dueEndings(after: pages.last?.last, limit: 2))
                } while pages.last?.isEmpty == false
                return (try tx.dueEndings(after: nil, limit: 9), pages)
            }
            #expect(pages.map(\.count) == [2, 2, 2, 1, 0])
            #expect(pages.flatMap(\.self) == all && Set(all.map(\.user)) == Set(users))
            #expect(all.map(\.dueAt) == all.map(\.dueAt).sorted())
        }
    }

    @Test(arguments: Backend.contract)
    func `an account's end is planned, found when due, and taken back`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser().id
            let found = try await store.transaction { (tx) throws(StoreFault) in
                try tx.plan(PlannedEnding(user: user, realm: .standard, dueAt: tx.now + .seconds(60), isByOwner: true))
                let early = try tx.dueEndings(after: nil, limit: 9).count
                try tx.plan(PlannedEnding(user: user, realm: .standard, dueAt: tx.now, isByOwner: false))
                let due = try tx.dueEndings(after: nil, limit: 9)
                let planned = try tx.plannedEnding(of: user, realm: .standard)
                let cancelled = try tx.cancelEnding(of: user, realm: .standard)
                return (early, due, planned, cancelled, try tx.cancelEnding(of: user, realm: .standard))
            }
            #expect(found.0 == 0 && found.1.map(\.user) == [user] && found.2?.isByOwner == false)
            #expect(found.3 && !found.4)
        }
    }
}
