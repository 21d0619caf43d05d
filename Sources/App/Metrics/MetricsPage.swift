internal import API
internal import Concurrency
internal import Domain
internal import Flows
internal import HTTP
internal import HTTPServer
internal import Storage

/// Everything this server counts, as one document. Gathered when it is asked for; nothing runs in between.
struct MetricsPage: Sendable {
    let premises: Premises
    let requests: RequestMetrics
    let http: HTTPServer
    let events: ServerEventCounts
    let auditLog: AuditLog
    let accessLog: AccessLog?
    let readiness: ReadyWatch

    private static let nanosecond = 1e-9

    func text(_ format: MetricsText.Format) async -> [UInt8] {
        let audit = await auditLog.statistics()
        let failed = await readiness.failedChecks()
        var text = MetricsText(format)
        writeRequests(&text)
        writeConnections(&text)
        writeDatabase(&text)
        writeHashing(&text)
        writeSessions(&text)
        text.count(
            "aldrava_break_glass_used_total", "Operator sessions opened with the break-glass code.",
            premises.useCases.impersonation.useBreakGlass.uses)
        write(audit, &text)
        write(failed, &text)
        await writeMail(&text)
        writeProcess(&text)
        text.finish()
        return text.bytes
    }

    private func writeRequests(_ text: inout MetricsText) {
        text.family(
            "aldrava_http_requests_total", .counter, "Requests answered, by method, route template and status."
        ) { samples in
            for (label, status, count) in requests.counts {
                samples.add([("method", label.method), ("route", label.route), ("code", status)], count)
            }
        }
        text.family(
            "aldrava_http_request_duration_seconds", .histogram,
            "From a request read whole to its answer ready to be written."
        ) { samples in
            for (label, distribution) in requests.latencies {
                samples.add(
                    [("method", label.method), ("route", label.route)], distribution, unit: Self.nanosecond)
            }
        }
        text.value(
            "aldrava_http_requests_in_flight", .gauge, "Requests whose answer is not ready.",
            Double(http.runningRequests))
        text.family("aldrava_refusals_total", .counter, "Refused credentials and authorisations, by reason.") {
            samples in
            for (reason, count) in premises.useCases.statistics.refusals { samples.add([("reason", reason)], count) }
        }
    }

    private func writeConnections(_ text: inout MetricsText) {
        text.value("aldrava_connections", .gauge, "Open connections.", Double(http.liveConnections))
        text.family(
            "aldrava_connection_events_total", .counter,
            "What happened to connections: refused at a limit, timed out, not understood, left before the answer."
        ) { samples in
            for (name, count) in events.all { samples.add([("event", name.kind), ("reason", name.reason)], count) }
        }
    }

    private func writeDatabase(_ text: inout MetricsText) {
        let store = premises.store.statistics
        text.family("aldrava_database_connections", .gauge, "Connections to the database.") { samples in
            samples.add([("state", "open")], Double(store.connections))
            samples.add([("state", "in_use")], Double(store.connectionsInUse))
            samples.add([("state", "limit")], Double(store.connectionLimit))
        }
        text.value(
            "aldrava_database_waiting", .gauge, "Transactions and reads that wait for their turn.",
            Double(store.waiting))
        let work = premises.databaseWork
        text.family("aldrava_database_operations_total", .counter, "Transactions and reads, by outcome.") { samples in
            for kind in DatabaseWork.Kind.allCases {
                samples.add([("kind", kind.rawValue), ("outcome", "done")], work.done(kind))
                samples.add([("kind", kind.rawValue), ("outcome", "failed")], work.failed(kind))
            }
        }
        text.family(
            "aldrava_database_operation_duration_seconds", .histogram, "With the wait for a turn and for the commit."
        ) { samples in
            for kind in DatabaseWork.Kind.allCases {
                samples.add([("kind", kind.rawValue)], work.durations(kind), unit: Self.nanosecond)
            }
        }
        guard let commits = store.commits else { return }
        text.family("aldrava_sqlite_commit_duration_seconds", .histogram, "The wait for the disk at each commit.") {
            $0.add([], commits.latency, unit: Self.nanosecond)
        }
        text.family("aldrava_sqlite_commit_transactions", .histogram, "How many transactions shared a commit.") {
            $0.add([], commits.members, unit: 1)
        }
        text.count("aldrava_sqlite_commit_failures_total", "Shared commits that were lost.", commits.failures)
    }

    private func writeHashing(_ text: inout MetricsText) {
        let queue = premises.hashQueue.statistics
        text.value(
            "aldrava_hash_queue_places", .gauge, "How many passwords may wait to be hashed.", Double(queue.places))
        text.value("aldrava_hash_queue_waiting", .gauge, "Passwords that wait to be hashed.", Double(queue.waiting))
        text.value("aldrava_hash_queue_running", .gauge, "Passwords being hashed.", Double(queue.running))
        text.family("aldrava_hash_queue_total", .counter, "What became of those who wanted a hash.") { samples in
            samples.add([("outcome", "served")], queue.served)
            samples.add([("outcome", "refused_full")], queue.refusedFull)
            samples.add([("outcome", "refused_late")], queue.refusedLate)
            samples.add([("outcome", "left")], queue.cancelled)
        }
        text.family("aldrava_hash_queue_wait_seconds", .histogram, "From asking for a hash to its beginning.") {
            $0.add([], queue.waits, unit: Self.nanosecond)
        }
        text.family("aldrava_hash_duration_seconds", .histogram, "Of hashing a password.") {
            $0.add([], queue.work, unit: Self.nanosecond)
        }
    }

    private func writeSessions(_ text: inout MetricsText) {
        let cache = premises.useCases.statistics.sessions
        text.family("aldrava_cache_entries", .gauge, "What this server remembers.") { samples in
            samples.add([("cache", "tokens")], Double(cache.tokens))
            samples.add([("cache", "sessions")], Double(cache.sessions))
        }
        text.family("aldrava_token_checks_total", .counter, "Access tokens checked, from memory or not.") { samples in
            samples.add([("cache", "hit")], cache.hits)
            samples.add([("cache", "miss")], cache.misses)
        }
        text.count(
            "aldrava_cache_invalidations_total", "Changes that made this server forget something.", cache.invalidations)
        text.value(
            "aldrava_sessions_unsaved", .gauge, "Sessions whose use the database was not told yet.",
            Double(cache.unsaved))
        guard let lease = cache.lease else { return }
        text.value(
            "aldrava_feed_lease_held", .gauge, "1 while the memory may be believed without asking the database.",
            lease.isHeld ? 1 : 0)
        guard let age = lease.feedAge else { return }
        text.value(
            "aldrava_feed_age_seconds", .gauge, "Since the last completed look at other servers' changes began.",
            age / .seconds(1))
    }

    private func write(_ audit: AuditLog.Statistics, _ text: inout MetricsText) {
        text.count("aldrava_audit_log_events_total", "Events written to logline.jsonl.", audit.written)
        if let pending = audit.pending {
            text.value(
                "aldrava_audit_log_pending_events", .gauge,
                "Events in the database that are not in logline.jsonl yet, counted up to \(AuditLog.mostCounted).",
                Double(pending))
        }
        text.value(
            "aldrava_audit_log_behind_seconds", .gauge, "Since logline.jsonl was last known to be complete.",
            audit.behind / .seconds(1))
        text.count(
            "aldrava_system_log_lost_events_total", "Technical events that could not be written.",
            premises.systemLog.lostEvents)
        guard let accessLog else { return }
        text.family("aldrava_access_log_lines_total", .counter, "Requests in the access log.") { samples in
            samples.add([("outcome", "written")], accessLog.writtenLines)
            samples.add([("outcome", "dropped")], accessLog.droppedLines)
        }
    }

    private func write(_ failed: [ReadyWatch.Check], _ text: inout MetricsText) {
        text.value("aldrava_ready", .gauge, "1 while every check of /ready is good.", failed.isEmpty ? 1 : 0)
        text.family("aldrava_ready_check", .gauge, "The checks of /ready, each 1 while it is good.") { samples in
            for check in ReadyWatch.Check.allCases {
                samples.add([("check", check.rawValue)], failed.contains(check) ? 0.0 : 1)
            }
        }
        if let offset = readiness.lastLook?.clockOffset {
            text.value(
                "aldrava_database_clock_offset_seconds", .gauge, "How far the database's clock is ahead.",
                offset / .seconds(1))
        }
        text.value(
            "aldrava_data_free_bytes", .gauge, "Free space where the data folder is.", Double(readiness.freeBytes))
    }

    private func writeProcess(_ text: inout MetricsText) {
        text.family("aldrava_build_info", .gauge, "What runs here; always 1.") { samples in
            let database = premises.store.isShared ? "postgresql" : "sqlite"
            samples.add([("version", Product.version), ("database", database)], 1.0)
        }
        guard let process = ProcessFigures.read() else { return }
        text.value(
            "process_cpu_seconds_total", .counter, "Processor time of user and system.", process.processorSeconds)
        text.value("process_resident_memory_bytes", .gauge, "Resident memory.", process.residentBytes)
        text.value("process_virtual_memory_bytes", .gauge, "Virtual memory.", process.virtualBytes)
        text.value("process_open_fds", .gauge, "Open file descriptors.", Double(process.openFiles))
        text.value("process_max_fds", .gauge, "How many may be open.", process.mostFiles)
        text.value("process_threads", .gauge, "Threads.", process.threads)
        text.value("process_start_time_seconds", .gauge, "When the process began, since 1970.", process.startTime)
    }
}
