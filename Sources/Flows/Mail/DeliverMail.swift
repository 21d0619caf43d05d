internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Takes letters that are due and hands them over; at least once, and as a rule exactly once.
///
/// A letter is leased before it is handed over and done with after it: whoever dies in between leaves a lease that ends,
/// and the next try carries the same `Message-ID`.
public struct DeliverMail: Sendable {
    let store: any Store
    let subjectKeys: SubjectKeys
    let desk: MailDesk
    let capabilities: Capabilities

    /// Longer than any sender takes.
    static let lease = Duration.seconds(180)
    /// Some two days with the pauses below.
    static let mostTries: Int64 = 16
    private static let mostAtOnce = 4
    /// Where any letter would fail, the next is tried after this.
    private static let rest = Duration.seconds(5)
    private static let tick = Duration.seconds(1)
    private static let eagerPause = Duration.milliseconds(15)

    /// Runs until its task is cancelled.
    public func run(through sender: any MailSender) async {
        if !store.isShared { await releaseOwn() }
        await withDiscardingTaskGroup { group in
            group.addTask {
                // Others' letters, and those that become due.
                while (try? await capabilities.pause(Self.tick)) != nil { desk.bell.ring() }
                desk.bell.ring()
            }
            var restUntil: Int64 = 0
            let trouble = Lock(false)
            while !Task.isCancelled {
                if trouble.withLock({ isNew in
                    defer { isNew = false }
                    return isNew
                }) {
                    restUntil = capabilities.monotonic() + Self.rest.wholeMilliseconds
                }
                if capabilities.monotonic() >= restUntil {
                    for id in await due() where desk.load < Self.mostAtOnce && desk.take(id) {
                        desk.calm()
                        group.addTask {
                            let isReachable = await deliver(id, through: sender)
                            if !isReachable { trouble.withLock { $0 = true } }
                            desk.putDown(id)
                        }
                    }
                }
                if desk.isEager {
                    try? await capabilities.pause(Self.eagerPause)
                } else {
                    await desk.bell.wait()
                }
            }
        }
    }

    /// Delivers what is due now, one after the other; returns how many letters were tried.
    public func deliverDue(through sender: any MailSender) async throws(StoreFault) -> Int {
        var count = 0
        while true {
            let due = try await store.read { (reader) throws(StoreFault) in try reader.dueMail(limit: 50) }
            var isProgress = false
            for id in due {
                guard let mail = try await lease(id) else { continue }
                _ = try await attempt(mail, through: sender)
                count += 1
                isProgress = true
            }
            if !isProgress { return count }
        }
    }

    /// Delivers one letter, if it is due and nobody has it.
    public func now(_ id: ID<MailItem>, through sender: any MailSender) async throws(StoreFault) {
        guard let mail = try await lease(id) else { return }
        _ = try await attempt(mail, through: sender)
    }

    private func due() async -> [ID<MailItem>] {
        do {
            return try await store.read { (reader) throws(StoreFault) in
                try reader.dueMail(limit: 4 * Self.mostAtOnce)
            }
        } catch {
            report(.warning, "mail_not_read", "\(error)")
            return []
        }
    }

    /// False where the same would happen to any other letter.
    private func deliver(_ id: ID<MailItem>, through sender: any MailSender) async -> Bool {
        do throws(StoreFault) {
            guard let mail = try await lease(id) else { return true }
            return try await attempt(mail, through: sender)
        } catch {
            report(.warning, "mail_not_noted", "\(error)")
            return false
        }
    }

    private struct Held: Sendable {
        let mail: LeasedMail
        let holder: [UInt8]
        let key: SubjectKey?
        let leasedAt: Timestamp
    }

    private func lease(_ id: ID<MailItem>) async throws(StoreFault) -> Held? {
        let holder = capabilities.random(16)
        let found = try await store.transaction { (tx) throws(StoreFault) -> (LeasedMail, [UInt8]?, Timestamp)? in
            guard let mail = try tx.leaseMail(id, holder: holder, for: Self.lease) else { return nil }
            return (mail, try tx.subjectKey(of: mail.subject, realm: mail.realm), tx.now)
        }
        guard let (mail, wrapped, now) = found else { return nil }
        return Held(
            mail: mail, holder: holder, key: subjectKeys.open(wrapped, for: mail.subject, realm: mail.realm),
            leasedAt: now)
    }

    private func attempt(_ held: Held, through sender: any MailSender) async throws(StoreFault) -> Bool {
        let mail = held.mail
        if let end = mail.expiresAt, end <= held.leasedAt { return try await drop(held, "expired") }
        guard let key = held.key else { return try await drop(held, "erased") }
        guard let message = MailSeal.open(mail.sealed, id: mail.id, createdAt: mail.createdAt, under: key) else {
            return try await drop(held, "unreadable")
        }
        let verdict = await sender.send(OutgoingMail(kind: mail.kind, message: message))
        switch verdict {
        case .sent:
            desk.count(\.sent)
            try await finish(held) { _ in .sent }
            return true
        case .refused(let code):
            desk.count(\.dead)
            report(.warning, "mail_refused", "\(mail.kind) \(mail.id): \(code)")
            try await finish(held) { _ in .dead(error: code) }
            return true
        case .putOff(let code): return try await putOff(held, code, isReachable: true)
        case .unreachable(let code): return try await putOff(held, code, isReachable: false)
        }
    }

    private func putOff(_ held: Held, _ code: String, isReachable: Bool) async throws(StoreFault) -> Bool {
        let mail = held.mail
        if mail.tries >= Self.mostTries {
            desk.count(\.dead)
            report(.error, "mail_given_up", "\(mail.kind) \(mail.id) after \(mail.tries) tries: \(code)")
            try await finish(held) { _ in .dead(error: code) }
        } else {
            desk.count(\.failed)
            let pause = Self.pause(after: mail.tries, chance: capabilities.random(2))
            report(
                .warning, "mail_not_sent",
                "\(mail.kind) \(mail.id): \(code); tried again in \(pause.components.seconds) seconds")
            try await finish(held) { now in .failed(error: code, nextTryAt: now + pause) }
        }
        return isReachable
    }

    private func drop(_ held: Held, _ reason: String) async throws(StoreFault) -> Bool {
        desk.count(\.dropped)
        report(.info, "mail_dropped", "\(held.mail.kind) \(held.mail.id): \(reason)")
        try await finish(held) { _ in .dropped(error: reason) }
        return true
    }

    private func finish(
        _ held: Held, _ result: @escaping @Sendable (Timestamp) -> MailResult
    ) async throws(StoreFault) {
        _ = try await store.transaction { (tx) throws(StoreFault) in
            try tx.finishMail(held.mail.id, holder: held.holder, as: result(tx.now))
        }
    }

    /// A minute, twice as long each time, six hours at most; a fifth more or less, so that letters that failed together
    /// do not come back together.
    static func pause(after tries: Int64, chance: [UInt8]) -> Duration {
        let seconds = min(Int64(60) << min(max(tries, 1) - 1, 9), 6 * 3_600)
        let draw = chance.prefix(2).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return .milliseconds(seconds * (800 + draw * 400 / 65_535))
    }

    /// Nobody else can be sending: what is leased was under way when this server died.
    private func releaseOwn() async {
        do {
            try await store.transaction { (tx) throws(StoreFault) in try tx.releaseMail() }
        } catch { report(.warning, "mail_not_released", "\(error)") }
    }

    private func report(_ severity: SystemEvent.Severity, _ did: String, _ detail: String) {
        capabilities.report(SystemEvent(severity, did, detail))
    }
}
