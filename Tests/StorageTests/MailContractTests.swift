import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: mail") struct MailContractTests {
    private static func mail(
        _ kind: String = "test", to subject: ID<User> = Sample.id(), life: Duration? = nil, replacesOlder: Bool = false
    ) -> NewMail {
        NewMail(
            id: Sample.id(), realm: .standard, subject: subject, kind: kind, sealed: [1, 0, 2], life: life,
            replacesOlder: replacesOlder)
    }

    private static func insert(_ mail: NewMail, _ store: any Store) async throws {
        try await store.transaction { (tx) throws(StoreFault) in try tx.insert(mail) }
    }

    private static func lease(
        _ id: ID<MailItem>, _ holder: UInt8, for time: Duration = .seconds(60), _ store: any Store
    ) async throws -> LeasedMail? {
        try await store.transaction { (tx) throws(StoreFault) in try tx.leaseMail(id, holder: [holder], for: time) }
    }

    private static func finish(
        _ id: ID<MailItem>, _ holder: UInt8, _ store: any Store,
        _ result: @escaping @Sendable (Timestamp) -> MailResult
    ) async throws -> Bool {
        try await store.transaction { (tx) throws(StoreFault) in
            try tx.finishMail(id, holder: [holder], as: result(tx.now))
        }
    }

    private static func due(_ store: any Store) async throws -> [ID<MailItem>] {
        try await store.read { (reader) throws(StoreFault) in try reader.dueMail(limit: 100) }
    }

    private static func row(_ id: ID<MailItem>, _ store: any Store) async throws -> MailSummary {
        let all = try await store.read { (reader) throws(StoreFault) in
            try reader.mail(state: nil, before: nil, limit: 100)
        }
        return try #require(all.first { $0.id == id })
    }

    @Test(arguments: Backend.contract)
    func `a letter is leased as it was written, and done with by who leased it`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let mail = Self.mail(life: .seconds(100))
            try await Self.insert(mail, store)
            #expect(try await Self.due(store) == [mail.id])
            let leased = try #require(try await Self.lease(mail.id, 1, store))
            #expect(leased.realm == .standard && leased.subject == mail.subject && leased.kind == "test")
            #expect(leased.sealed == [1, 0, 2] && leased.tries == 1)
            #expect(leased.expiresAt == leased.createdAt + .seconds(100))
            #expect(try await Self.due(store).isEmpty)
            #expect(try await Self.lease(mail.id, 2, store) == nil)
            #expect(try await Self.finish(mail.id, 2, store) { _ in .sent } == false, "not its holder")
            #expect(try await Self.row(mail.id, store).state == .waiting)
            #expect(try await Self.finish(mail.id, 1, store) { _ in .sent })
            let row = try await Self.row(mail.id, store)
            #expect(row.state == .sent && row.sealed.isEmpty && row.doneAt != nil)
            #expect(try await Self.finish(mail.id, 1, store) { _ in .dead(error: "late") } == false)
            #expect(try await Self.lease(mail.id, 1, store) == nil)
        }
    }

    @Test(arguments: Backend.contract)
    func `of many who want one letter exactly one gets it`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            for _ in 0..<15 {
                let mail = Self.mail()
                try await Self.insert(mail, store)
                let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for holder: UInt8 in 0..<6 {
                        group.addTask { try await Self.lease(mail.id, holder, store) != nil }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(winners == 1)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a lease that ended is another's to take, and the first holder can note nothing`(_ backend: Backend)
        async throws
    {
        try await backend.withStore { store in
            let mail = Self.mail()
            try await Self.insert(mail, store)
            #expect(try await Self.lease(mail.id, 1, for: .zero, store) != nil)
            #expect(try await Self.due(store) == [mail.id])
            let again = try #require(try await Self.lease(mail.id, 2, store))
            #expect(again.tries == 2)
            #expect(try await Self.finish(mail.id, 1, store) { _ in .sent } == false)
            #expect(try await Self.finish(mail.id, 2, store) { _ in .sent })
        }
    }

    @Test(arguments: Backend.contract)
    func `a failed letter waits for its time, a dead one for an operator`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let mail = Self.mail()
            try await Self.insert(mail, store)
            _ = try await Self.lease(mail.id, 1, store)
            #expect(try await Self.finish(mail.id, 1, store) { .failed(error: "x_1", nextTryAt: $0 + .seconds(3_600)) })
            var row = try await Self.row(mail.id, store)
            #expect(row.state == .waiting && row.lastError == "x_1" && !row.sealed.isEmpty)
            #expect(try await Self.due(store).isEmpty)
            #expect(try await Self.lease(mail.id, 1, store) == nil, "not due yet")
            let next = try await store.read { (reader) throws(StoreFault) in try reader.nextMailDue() }
            #expect(next == row.nextTryAt)
            #expect(try await store.transaction { (tx) throws(StoreFault) in try tx.retryMail(mail.id) })
            #expect(try await Self.lease(mail.id, 1, store)?.tries == 1)
            #expect(try await Self.finish(mail.id, 1, store) { _ in .dead(error: "answer_550") })
            row = try await Self.row(mail.id, store)
            #expect(row.state == .dead && row.lastError == "answer_550" && !row.sealed.isEmpty && row.doneAt != nil)
            let counts = try await store.read { (reader) throws(StoreFault) in
                try [MailState.waiting, .dead].map { (state) throws(StoreFault) in try reader.mailCount(state, limit: 9)
                }
            }
            #expect(counts == [0, 1])
            #expect(try await store.transaction { (tx) throws(StoreFault) in try tx.retryDeadMail(limit: 10) } == 1)
            #expect(try await Self.due(store) == [mail.id])
            #expect(try await Self.row(mail.id, store).doneAt == nil)
            #expect(try await store.transaction { (tx) throws(StoreFault) in try tx.retryMail(Sample.id()) } == false)
        }
    }

    @Test(arguments: Backend.contract)
    func `a newer letter takes the place of older ones of its kind, but of none on its way`(
        _ backend: Backend
    ) async throws {
        try await backend.withStore { store in
            let person = Sample.id(User.self)
            let onItsWay = Self.mail("reset_password", to: person)
            try await Self.insert(onItsWay, store)
            _ = try await Self.lease(onItsWay.id, 1, store)
            let old = Self.mail("reset_password", to: person)
            let other = Self.mail("verify_email", to: person)
            let others = Self.mail("reset_password")
            for mail in [old, other, others] { try await Self.insert(mail, store) }
            let new = Self.mail("reset_password", to: person, replacesOlder: true)
            try await Self.insert(new, store)
            #expect(Set(try await Self.due(store)) == [other.id, others.id, new.id])
            let row = try await Self.row(old.id, store)
            #expect(row.state == .dropped && row.lastError == "replaced" && row.sealed.isEmpty)
            #expect(try await Self.finish(onItsWay.id, 1, store) { _ in .sent })
        }
    }

    @Test(arguments: Backend.contract)
    func `a server that is alone gives leases up at its start`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let mail = Self.mail()
            try await Self.insert(mail, store)
            _ = try await Self.lease(mail.id, 1, store)
            try await store.transaction { (tx) throws(StoreFault) in try tx.releaseMail() }
            #expect(try await Self.due(store) == [mail.id])
        }
    }

    @Test(arguments: Backend.contract)
    func `letters go with their person, and after their time in slices`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let person = Sample.id(User.self)
            for _ in 0..<2 { try await Self.insert(Self.mail(to: person), store) }
            let other = Self.mail()
            try await Self.insert(other, store)
            #expect(
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.deleteMail(of: person, realm: .system)
                } == 0)
            #expect(
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.deleteMail(of: person, realm: .standard)
                } == 2)
            #expect(try await Self.due(store) == [other.id])
            for _ in 0..<2 {
                let done = Self.mail()
                try await Self.insert(done, store)
                _ = try await Self.lease(done.id, 1, store)
                _ = try await Self.finish(done.id, 1, store) { _ in .sent }
            }
            let counts = try await store.transaction { (tx) throws(StoreFault) -> [Int64] in
                var counts = [try tx.deleteMail(doneBefore: tx.now - .seconds(60), limit: 9)]
                for _ in 0..<3 { counts.append(try tx.deleteMail(doneBefore: tx.now + .seconds(60), limit: 1)) }
                return counts
            }
            #expect(counts == [0, 1, 1, 0])
            #expect(try await Self.due(store) == [other.id])
        }
    }
}
