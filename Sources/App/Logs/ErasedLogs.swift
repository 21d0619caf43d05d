internal import Concurrency
internal import Domain
internal import Flows
internal import Glibc
internal import Standards
internal import Storage
internal import Synchronization

/// Takes people who were erased out of this server's files: the audit's and the access log's, older ones included.
///
/// The audit's lines are made anew from the database, which cannot open the person's part any more. What was begun and not
/// finished is begun again after the next start: only a finished person stands in the ledger.
final class ErasedLogs: Sendable {
    private let folder: String
    private let archive: LogArchive
    private let accessLog: AccessLog?
    private let pool: ThreadPool
    private let privacy: PrivacyFlows
    private let ledger: Lock<ErasureLedger?>
    private let capabilities: Capabilities
    private let isDue = Atomic(true)
    private let isFirst = Atomic(true)
    /// By the monotonic clock: not before then, after a failure.
    private let notBefore = Atomic<Int64>(0)

    private static let page = 200
    private static let patience: Int64 = 60_000

    init(folder: String, archive: LogArchive, accessLog: AccessLog?, pool: ThreadPool, premises: Premises) {
        self.folder = folder
        self.archive = archive
        self.accessLog = accessLog
        self.pool = pool
        privacy = premises.useCases.privacy
        ledger = Lock(nil)
        capabilities = premises.capabilities
    }

    /// Somebody was erased: the files are looked through after this round.
    func note() { isDue.store(true, ordering: .releasing) }

    /// Called by the audit log between two rounds, never beside one: no line that was read before an erasure is written
    /// after its cleaning.
    func settle(_ audit: AuditLog) async {
        guard isDue.load(ordering: .acquiring), capabilities.monotonic() >= notBefore.load(ordering: .relaxed) else {
            return
        }
        isDue.store(false, ordering: .releasing)
        do {
            let ledger = try await openLedger()
            var pending: [Erasure] = []
            if isFirst.load(ordering: .relaxed) {
                try await eraseAgain(ledger)
                try await removeLetters()
                isFirst.store(false, ordering: .relaxed)
            }
            try await find(&pending, ledger)
            guard !pending.isEmpty else { return }
            let count = try await clean(pending, audit)
            try await removeLetters()
            let done = pending
            let now = capabilities.now()
            try await pool.run { () throws(File.Fault) in try ledger.note(done, at: now) }
            capabilities.report(
                SystemEvent(.info, "erased_from_logs", "\(pending.count) persons, in \(count) files"))
        } catch {
            let reason = (error as? File.Fault)?.description ?? "\(error)"
            capabilities.report(SystemEvent(.error, "not_erased_from_logs", "\(reason); it is tried again"))
            notBefore.store(capabilities.monotonic() + Self.patience, ordering: .relaxed)
            isDue.store(true, ordering: .releasing)
        }
    }

    private func openLedger() async throws(File.Fault) -> ErasureLedger {
        if let ledger = ledger.withLock({ $0 }) { return ledger }
        let path = "\(folder)/\(ErasureLedger.name)"
        let opened = try await pool.run { () throws(File.Fault) in try ErasureLedger(path) }
        ledger.withLock { $0 = opened }
        return opened
    }

    /// Whoever stands in the ledger and in the database came back with a backup.
    private func eraseAgain(_ ledger: ErasureLedger) async throws(StoreFault) {
        var count = 0
        for entry in ledger.known where try await privacy.readErased.eraseAgain(entry.user, in: entry.realm) {
            count += 1
        }
        guard count > 0 else { return }
        capabilities.report(
            SystemEvent(.warning, "erased_again", "\(count) persons had come back with a restored backup"))
    }

    private func find(_ pending: inout [Erasure], _ ledger: ErasureLedger) async throws(StoreFault) {
        let known = ledger.known
        var place = max(0, ledger.last - ListErasures.disorder)
        while true {
            let page = try await privacy.listErasures(after: place, limit: 500)
            pending += page.filter { erasure in
                !known.contains(ErasureLedger.Entry(user: erasure.user, realm: erasure.realm))
            }
            guard page.count == 500, let last = page.last else { return }
            place = last.sequence
        }
    }

    /// Returns how many files were written anew.
    private func clean(_ erasures: [Erasure], _ audit: AuditLog) async throws -> Int {
        let users = erasures.map(\.user)
        var count = try await cleanAudit(ErasedPersons(users), audit)
        var requests: Set<[UInt8]> = []
        for erasure in erasures { try await gather(&requests, of: erasure) }
        let known = ErasedPersons(users, requests: requests)
        await accessLog?.flush()
        var origins: Set<[UInt8]> = []
        for path in ["\(folder)/\(AccessLog.name)"] + older(AccessLog.name) {
            origins.formUnion(try await lines(in: path) { known.origin(of: $0) })
        }
        let persons = known.with(origins)
        count += try await accessLog?.forget(persons) ?? 0
        for path in older(AccessLog.name) {
            let isChanged = try await archive.perform { () throws(File.Fault) in
                try LineRewrite.replace(path, persons.access)
            }
            if isChanged { count += 1 }
        }
        return count
    }

    /// Letters that lie in a folder because no mail server is set, and that the database does not know any more.
    private func removeLetters() async throws {
        let mail = "\(folder)/\(MailFolder.name)"
        let suffix = ".eml"
        let ids = FolderNames.all(in: mail).compactMap { name -> ID<MailItem>? in
            name.hasSuffix(suffix) ? ID<MailItem>(String(name.dropLast(suffix.count))) : nil
        }
        var rest = ids[...]
        while !rest.isEmpty {
            let page = Array(rest.prefix(Self.page))
            let known = try await privacy.readErased.knownMail(page)
            for id in page where !known.contains(id) { _ = unsafe unlink("\(mail)/\(id.text)\(suffix)") }
            rest = rest.dropFirst(page.count)
        }
    }

    private func gather(_ requests: inout Set<[UInt8]>, of erasure: Erasure) async throws(StoreFault) {
        var place: EventPosition?
        repeat {
            let (ids, next) = try await privacy.readErased.requests(
                of: erasure.user, in: erasure.realm, after: place, limit: 500)
            for id in ids { requests.insert(Array(id.utf8)) }
            place = next
        } while place != nil
    }

    private func cleanAudit(_ persons: ErasedPersons, _ audit: AuditLog) async throws -> Int {
        var count = 0
        let file = audit.file
        // The present file first: whatever becomes an older one meanwhile is clean already.
        let lines = try await present(persons, in: file.path)
        if !lines.isEmpty {
            let isChanged = try await audit.pool.run { () throws(File.Fault) in
                try file.rewrite { Self.change($0, persons, lines) }
            }
            if isChanged { count += 1 }
        }
        for path in older(AuditLog.name) {
            let lines = try await present(persons, in: path)
            guard !lines.isEmpty else { continue }
            let isChanged = try await archive.perform { () throws(File.Fault) in
                try LineRewrite.replace(path) { Self.change($0, persons, lines) }
            }
            if isChanged { count += 1 }
        }
        return count
    }

    private static func change(
        _ line: [UInt8], _ persons: ErasedPersons, _ lines: [ID<Event>: [UInt8]]
    ) -> [UInt8]? {
        guard persons.isMeant(by: line) else { return nil }
        guard let event = AuditLog.eventID(in: line), let present = lines[event], !present.isEmpty else {
            return ErasedPersons.stripped(line)
        }
        return present
    }

    /// The events of a file that speak of these persons, each as its line reads now; empty where the database does not
    /// know it.
    private func present(_ persons: ErasedPersons, in path: String) async throws -> [ID<Event>: [UInt8]] {
        let events = try await self.lines(in: path) { line -> ID<Event>? in
            guard persons.isMeant(by: line) else { return nil }
            return AuditLog.eventID(in: line) ?? ID(high: 0, low: 0)
        }
        var lines = Dictionary(events.map { ($0, [UInt8]()) }) { first, _ in first }
        var rest = events[...]
        while !rest.isEmpty {
            for line in try await privacy.readErased.lines(of: Array(rest.prefix(Self.page))) {
                lines[line.id] = line.json.bytes
            }
            rest = rest.dropFirst(Self.page)
        }
        return lines
    }

    /// What is found in each line of a file.
    private func lines<Found: Sendable>(
        in path: String, _ find: @escaping @Sendable ([UInt8]) -> Found?
    ) async throws(File.Fault) -> [Found] {
        try await archive.perform { () throws(File.Fault) -> [Found] in
            var found: [Found] = []
            do throws(File.Fault) {
                let reader = try LogLineReader(path)
                while let line = try reader.next() { if let one = find(line) { found.append(one) } }
            } catch {
                // Compressed or removed since it was listed; the one that took its place is listed, too, or clean.
                guard error.number == ENOENT else { throw error }
            }
            return found
        }
    }

    /// Files of a log that nothing is written to any more.
    private func older(_ log: String) -> [String] {
        archive.names().filter { name in
            name.hasPrefix(log + ".") && !name.hasSuffix(LineRewrite.suffix) && !name.hasSuffix(AuditLog.placesSuffix)
        }.map { "\(folder)/\($0)" }
    }
}
