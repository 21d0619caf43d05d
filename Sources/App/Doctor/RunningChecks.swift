internal import Config
internal import Domain
internal import Flows
internal import Glibc
internal import Standards
internal import Storage

/// What only somebody with the database open can find out.
enum RunningChecks {
    static func all(_ premises: Premises, isServing: Bool) async throws(StoreFault) -> [Finding] {
        var findings = DatabaseChecks.all(try await premises.store.examine())
        findings.append(try await auditLog(premises, isServing: isServing))
        let newest = try await premises.store.read { (reader) throws(StoreFault) -> [Timestamp] in
            var newest: [Timestamp] = []
            for realm in [RealmName.standard, .system] {
                let keys = try reader.signingKeys(realm: realm).filter { $0.retiredAt == nil }
                if let last = keys.map(\.createdAt).max() { newest.append(last) }
            }
            return newest
        }
        findings.append(signingKeys(newest, at: premises.capabilities.now()))
        findings.append(MailChecks.dead(try await premises.useCases.mail.list.count(.dead)))
        findings.append(breakGlass(try await premises.useCases.impersonation.breakGlass.status()))
        let route = MailRoute(premises.config, report: premises.capabilities.report)
        if let verdict = await route.greet() { findings.append(MailChecks.greeting(verdict, premises.config)) }
        route.close()
        return findings
    }

    private static func auditLog(_ premises: Premises, isServing: Bool) async throws(StoreFault) -> Finding {
        let readLog = premises.useCases.readLog
        guard let last = LastLine.event(of: premises.config.path(AuditLog.name)) else {
            return .unknown("audit_log", "\(AuditLog.name) has no line yet.")
        }
        guard let position = try await readLog.position(of: last) else {
            return .warning(
                "audit_log", "\(AuditLog.name) ends with an event that the database does not know.",
                why: "The database was restored from an older copy, or the file is another server's.",
                mend: "Nothing, after a restore: the next start goes on behind the last event that both know.")
        }
        let waiting = try await readLog(after: position, limit: 1).first
        return auditLog(oldest: waiting?.line.when, at: premises.capabilities.now(), isServing: isServing)
    }

    /// - Parameter oldest: the time of the first event that is not in the file; `nil` when all are.
    static func auditLog(oldest: Timestamp?, at now: Timestamp, isServing: Bool) -> Finding {
        guard let oldest else { return .fine("audit_log", "\(AuditLog.name) has every event.") }
        guard isServing else {
            return .fine("audit_log", "\(AuditLog.name) will be completed when the server starts.")
        }
        guard now >= oldest + .seconds(60) else {
            return .fine("audit_log", "\(AuditLog.name) follows within a minute.")
        }
        return .wrong(
            "audit_log", "\(AuditLog.name) lacks events since \(Moment.words(oldest, at: now)).",
            why: "Whoever watches the file does not see what happens; nothing is lost, the database has it.",
            mend: "Look for audit_log_late in \(SystemLog.name): most often the disk is full.")
    }

    static func breakGlass(_ code: StoredBreakGlass?) -> Finding {
        let why = "When no operator can sign in any more, nobody can help but whoever has this machine."
        let mend = "aldrava break-glass create, and put what it prints into a safe."
        guard let code else {
            return .warning("break_glass", "There is no break-glass code.", why: why, mend: mend)
        }
        if let usedAt = code.usedAt {
            return .warning(
                "break_glass", "The break-glass code was used at \(usedAt.iso8601) and not replaced.", why: why,
                mend: mend)
        }
        return .fine("break_glass", "A break-glass code from \(code.createdAt.iso8601) waits to be needed.")
    }

    /// - Parameter newest: when each realm's newest key was made.
    static func signingKeys(_ newest: [Timestamp], at now: Timestamp) -> Finding {
        guard let oldest = newest.min() else {
            return .wrong(
                "signing_keys", "No realm has a signing key.", why: "No token can be made.",
                mend: "Restore the database from a backup.")
        }
        let days = now.milliseconds.subtractingReportingOverflow(oldest.milliseconds).partialValue / 86_400_000
        guard days <= 365 else {
            return .warning(
                "signing_keys", "A signing key is \(days) days old.",
                why: "The longer a key is used, the more a copy of it that somebody made unnoticed is worth.",
                mend: "aldrava keys rotate")
        }
        return .fine("signing_keys", "The oldest signing key in use is \(days) days old.")
    }
}

/// The end of the audit's file, read without touching it.
private enum LastLine {
    private static let longest = 262_144

    static func event(of path: String) -> ID<Event>? {
        guard let file = try? File(path, O_RDONLY), let status = try? file.status() else { return nil }
        let start = max(0, Int(status.st_size) - longest)
        guard let part = try? file.read(Int(status.st_size) - start, at: start) else { return nil }
        for line in part.split(separator: 0x0A).suffix(8).reversed() {
            if let json = try? JSON.parse(Array(line)), let text = json["this"]?["event"]?.string {
                return ID<Event>(text)
            }
        }
        return nil
    }
}
