import Concurrency
import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("The outbox") struct MailFlowTests {
    /// Answers as it is told, and keeps what it was given.
    private final class Sender: MailSender {
        private let state: Lock<(verdict: MailVerdict, taken: [OutgoingMail])>
        private let pause: Duration

        init(_ verdict: MailVerdict = .sent, pause: Duration = .zero) {
            state = Lock((verdict, []))
            self.pause = pause
        }

        func send(_ mail: OutgoingMail) async -> MailVerdict {
            try? await Task.sleep(for: pause)
            return state.withLock { state in
                state.taken.append(mail)
                return state.verdict
            }
        }

        func answer(_ verdict: MailVerdict) { state.withLock { $0.verdict = verdict } }
        var taken: [OutgoingMail] { state.withLock { $0.taken } }
    }

    private static let proof = Letter.Proof(
        link: "http://127.0.0.1:8005/reset?token=abc", code: "12345678", life: .seconds(3_600))

    /// Writes a letter to a user in a transaction of its own.
    private static func write(
        _ letter: Letter, to name: String = "maria", _ world: World, isKept: Bool = true
    ) async throws -> ID<MailItem> {
        let realm = world.realm
        let (user, wrapped) = try await world.store.read { (reader) throws(StoreFault) -> (User?, [UInt8]?) in
            guard let user = try reader.user(usernameKey: name, realm: realm.name) else { return (nil, nil) }
            return (user, try reader.subjectKey(of: user.id, realm: realm.name))
        }
        let found = try #require(user)
        let mail = world.useCases.mail
        let key = mail.deliver.subjectKeys.open(wrapped, for: found.id, realm: realm.name)
        let draft = mail.sendTest.postman.draft(letter, to: Addressee(found, key: key), in: realm)
        let isWritten: Bool
        do {
            try await world.store.transaction { (tx) throws(StoreFault) in
                try draft.append(to: tx)
                if !isKept { throw .constraint("undone by the test") }
            }
            isWritten = true
        } catch { isWritten = false }
        #expect(isWritten == isKept)
        return try #require(draft.id)
    }

    private static func row(_ id: ID<MailItem>, _ world: World) async throws -> MailSummary {
        try #require(try await world.useCases.mail.list.find(id)).mail
    }

    @Test(arguments: Backend.available)
    func `a letter goes out with its transaction, and is read by nobody afterwards`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            _ = try await Self.write(.resetPassword(Self.proof), world, isKept: false)
            #expect(try await world.letters().isEmpty, "what was rolled back was never written")
            let id = try await Self.write(.resetPassword(Self.proof), world)
            let written = try await Self.row(id, world)
            for plain in ["maria", "12345678", "token=abc", "example.com"] {
                #expect(!written.sealed.contains(Array(plain.utf8)))
            }
            let letters = try await world.letters(to: "maria@example.com")
            #expect(letters.map(\.kind) == ["reset_password"] && letters.first?.code == "12345678")
            #expect(letters.first?.link == "http://127.0.0.1:8005/reset?token=abc" && letters.first?.token == "abc")
            let row = try await Self.row(id, world)
            #expect(row.state == .sent && row.sealed.isEmpty && row.kind == "reset_password")
            #expect(try await world.letters().isEmpty)
        }
    }

    @Test(arguments: Backend.available)
    func `a letter is sealed for its place and its person`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp("maria")
            _ = try await world.signUp("joana")
            let ids = [
                try await Self.write(.accountDisabled, to: "maria", world),
                try await Self.write(.accountDisabled, to: "joana", world),
            ]
            let rows = [try await Self.row(ids[0], world), try await Self.row(ids[1], world)]
            let keys = try await world.store.read { (reader) throws(StoreFault) in
                try rows.map { (row) throws(StoreFault) in try reader.subjectKey(of: row.subject, realm: row.realm) }
            }
            let opened = zip(rows, keys).map { row, wrapped in
                world.useCases.mail.deliver.subjectKeys.open(wrapped, for: row.subject, realm: row.realm)
            }
            let (first, second) = (try #require(opened[0]), try #require(opened[1]))
            func open(_ sealed: Int, as id: Int, _ key: SubjectKey) -> MailMessage? {
                MailSeal.open(rows[sealed].sealed, id: ids[id], createdAt: rows[sealed].createdAt, under: key)
            }
            #expect(open(0, as: 0, first)?.to.address == "maria@example.com")
            #expect(open(0, as: 0, second) == nil && open(0, as: 1, first) == nil && open(1, as: 0, first) == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `a refusal for now is tried again later under the same Message-ID, and given up after two days`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            let id = try await Self.write(.accountDisabled, world)
            let sender = Sender(.putOff(code: "answer_451"))
            let deliver = world.useCases.mail.deliver
            #expect(try await deliver.deliverDue(through: sender) == 1)
            var row = try await Self.row(id, world)
            #expect(row.state == .waiting && row.lastError == "answer_451" && row.tries == 1)
            #expect(try await deliver.deliverDue(through: sender) == 0, "not due yet")
            for _ in 1..<DeliverMail.mostTries {
                // As if its time had come; the count of tries goes on.
                try await world.store.transaction { (tx) throws(StoreFault) in
                    _ = try tx.leaseMail(id, holder: [1], for: .zero)
                }
                try await Self.makeDue(id, world)
                _ = try await deliver.deliverDue(through: sender)
            }
            row = try await Self.row(id, world)
            #expect(row.state == .dead && !row.sealed.isEmpty)
            #expect(Set(sender.taken.map(\.id)) == [id.text] && sender.taken.count == Int(DeliverMail.mostTries))
            #expect(world.useCases.mail.counts.dead == 1)
            sender.answer(.sent)
            #expect(try await world.useCases.mail.retry.allDead() == 1)
            #expect(try await deliver.deliverDue(through: sender) == 1)
            #expect(try await Self.row(id, world).state == .sent)
            #expect(!world.reports.all.contains { $0.detail.contains("maria") || $0.detail.contains("example.com") })
        }
    }

    /// Without counting a try: the lease of nobody ended, and its time has come.
    private static func makeDue(_ id: ID<MailItem>, _ world: World) async throws {
        let tries = try await row(id, world).tries
        try await world.store.transaction { (tx) throws(StoreFault) in
            _ = try tx.retryMail(id)
            // The count begins anew with a retry; each lease counts one.
            for _ in 0..<tries { _ = try tx.leaseMail(id, holder: [2], for: .zero) }
        }
    }

    @Test(arguments: Backend.available)
    func `a refusal for good is not tried again`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            let id = try await Self.write(.resetPassword(Self.proof), world)
            let sender = Sender(.refused(code: "answer_550"))
            _ = try await world.useCases.mail.deliver.deliverDue(through: sender)
            let row = try await Self.row(id, world)
            #expect(row.state == .dead && row.lastError == "answer_550")
            let entry = try await world.useCases.mail.list(state: .dead, before: nil, limit: 10)
            #expect(entry.map(\.maskedAddress) == ["m…@e….com"])
        }
    }

    @Test(arguments: Backend.available)
    func `a letter whose proof has run out is dropped, one to an erased person too`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            let over = Letter.Proof(link: "http://x.example", code: nil, life: .milliseconds(1))
            let expired = try await Self.write(.verifyEmail(over), world)
            let kept = try await Self.write(.accountDisabled, world)
            let erased = try await world.store.transaction { (tx) throws(StoreFault) -> ID<MailItem> in
                let id = ID<MailItem>(high: 0x0193_0000_0000_7000, low: 0x8000_0000_0000_0001)
                try tx.insert(
                    NewMail(
                        id: id, realm: .standard, subject: ID(high: 1, low: 2), kind: "test", sealed: [1, 2, 3],
                        life: nil, replacesOlder: false))
                return id
            }
            try await Task.sleep(for: .milliseconds(5))
            world.clock.advance(by: .milliseconds(5))
            let sender = Sender()
            _ = try await world.useCases.mail.deliver.deliverDue(through: sender)
            #expect(sender.taken.map(\.id) == [kept.text])
            let rows = [try await Self.row(expired, world), try await Self.row(erased, world)]
            #expect(rows.map(\.state) == [.dropped, .dropped] && rows.map(\.lastError) == ["expired", "erased"])
            #expect(rows.allSatisfy { $0.sealed.isEmpty })
        }
    }

    @Test(arguments: Backend.available)
    func `two servers that deliver at once hand each letter over once`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            let other = try await World.open(world.store, clock: world.clock, node: "other")
            var ids: [String] = []
            for _ in 0..<12 { ids.append(try await Self.write(.accountDisabled, world).text) }
            let sender = Sender(pause: .milliseconds(2))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for place in [world, other, world, other] {
                    group.addTask { _ = try await place.useCases.mail.deliver.deliverDue(through: sender) }
                }
                try await group.waitForAll()
            }
            #expect(sender.taken.map(\.id).sorted() == ids.sorted())
        }
    }

    @Test(arguments: Backend.available)
    func `a server that runs sends a letter soon after its commit, and stops when it is told`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            let sender = Sender()
            let running = Task { await world.useCases.mail.deliver.run(through: sender) }
            for round in 1...3 {
                _ = try await Self.write(.accountDisabled, world)
                for _ in 0..<5_000 where sender.taken.count < round { try await Task.sleep(for: .milliseconds(1)) }
                #expect(sender.taken.count == round)
            }
            running.cancel()
            await running.value
        }
    }

    @Test func `the pauses between tries grow to six hours, and come to about two days`() {
        let pauses = (1...DeliverMail.mostTries - 1).map { DeliverMail.pause(after: $0, chance: [0x7F, 0xFF]) }
        #expect(pauses.prefix(3).map { ($0 / .seconds(60)).rounded() } == [1, 2, 4])
        #expect(pauses.allSatisfy { $0 <= .seconds(6 * 3_600) })
        let whole = pauses.reduce(Duration.zero, +)
        #expect(whole > .seconds(40 * 3_600) && whole < .seconds(56 * 3_600), "\(whole)")
        let ends = [[UInt8](repeating: 0, count: 2), [255, 255]].map { DeliverMail.pause(after: 1, chance: $0) }
        #expect(ends == [.seconds(48), .seconds(72)])
    }

    @Test(arguments: Backend.available)
    func `a test letter needs an address`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let sendTest = world.useCases.mail.sendTest
            guard case .notAnAddress = try await sendTest(to: "a@b\r\nc", language: nil, in: world.realm) else {
                Issue.record("taken")
                return
            }
            _ = try await sendTest(to: "ana@example.org", language: .portuguese, in: world.realm)
            let letters = try await world.letters()
            #expect(letters.map(\.to) == ["ana@example.org"] && letters.first?.subject.hasPrefix("Um teste") == true)
        }
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        guard count >= part.count else { return false }
        return indices.dropLast(part.count - 1).contains { self[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
