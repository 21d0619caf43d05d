internal import Storage

/// Whether the database keeps what it acknowledged, and is what this program expects.
enum DatabaseChecks {
    static func all(_ examination: StoreExamination) -> [Finding] {
        switch examination.kind {
        case .sqlite:
            [schema(examination), durability(examination), structure(examination), sqliteVersion(examination)]
        case .postgres:
            [
                schema(examination), durability(examination), databaseClock(examination),
                postgresVersion(examination), encryption(examination), privileges(examination), policies(examination),
                connections(examination), libpq(examination),
            ]
        }
    }

    static func schema(_ examination: StoreExamination) -> Finding {
        let (present, newest) = (examination.schemaVersion, examination.newestSchemaVersion)
        if present < newest {
            return .warning(
                "migrations", "The database's schema is version \(present), and this program's is \(newest).",
                why: "Until it is brought up to date, this program cannot use it.",
                mend: "Make a backup; then 'aldrava migrate', or the next start of the server, does it.")
        }
        if present > newest {
            return .warning(
                "migrations", "The database's schema is version \(present), newer than this program's \(newest).",
                why: "A newer aldrava has been here; this one may not be able to start.",
                mend: "Use the newer program, or see 'Roll back' in docs/OPERATIONS.md.")
        }
        return .fine("migrations", "The database's schema is version \(present), as this program's.")
    }

    static func durability(_ examination: StoreExamination) -> Finding {
        let wanted: [(name: String, allowed: [String])] =
            switch examination.kind {
            case .sqlite: [("journal_mode", ["wal"]), ("synchronous", ["2", "3"]), ("foreign_keys", ["1"])]
            case .postgres:
                [
                    ("fsync", ["on"]), ("full_page_writes", ["on"]),
                    ("synchronous_commit", ["on", "local", "remote_write", "remote_apply"]),
                ]
            }
        let weak = wanted.filter { !$0.allowed.contains(examination.facts[$0.name] ?? "") }
        guard weak.isEmpty else {
            let list = weak.map { "\($0.name) is \(examination.facts[$0.name] ?? "unknown")" }
            return .wrong(
                "durability", "\(list.joined(separator: ", ")) in the database.",
                why:
                    "A power cut can undo sign-outs, revocations and refreshes that were acknowledged, or damage the database.",
                mend: "Set \(weak.map { "\($0.name) = \($0.allowed[0])" }.joined(separator: ", ")).")
        }
        return .fine("durability", "The database answers only when a change is on the disk.")
    }

    static func structure(_ examination: StoreExamination) -> Finding {
        let answer = examination.facts["quick_check"] ?? ""
        guard answer == "ok" else {
            return .wrong(
                "database_structure", "The database file is damaged: \(answer).",
                why: "What it holds cannot be relied on, and more may break with each change.",
                mend:
                    "Stop the server, keep the file, and restore the last backup (docs/OPERATIONS.md, 'Restore'). Check the disk."
            )
        }
        return .fine("database_structure", "The database file's structure is whole.")
    }

    /// Versions before 3.51.3 may damage a file that several connections write or checkpoint at once
    /// (https://sqlite.org/wal.html#walresetbug). Here one connection does both, and a lock keeps others out.
    static func sqliteVersion(_ examination: StoreExamination) -> Finding {
        let version = examination.facts["version"] ?? ""
        guard let parts = MachineChecks.numbers(version), !parts.lexicographicallyPrecedes([3, 37]) else {
            return .wrong(
                "sqlite", "SQLite is version \(version).", why: "The tables need 3.37 or later.",
                mend: "Upgrade the system's libsqlite3.")
        }
        let note =
            parts.lexicographicallyPrecedes([3, 51, 3])
            ? " It has the WAL-reset bug, which cannot strike as long as only Aldrava opens the file: never open it with other programs while the server runs."
            : ""
        return .fine("sqlite", "SQLite is version \(version).\(note)")
    }

    static func databaseClock(_ examination: StoreExamination) -> Finding {
        guard let offset = examination.clockOffset else { return .unknown("database_clock", "It has no clock.") }
        let milliseconds = offset.components.seconds * 1_000 + offset.components.attoseconds / 1_000_000_000_000_000
        let sentence =
            "The database's clock is \(milliseconds) ms \(milliseconds < 0 ? "behind" : "ahead of") this machine's."
        if milliseconds.magnitude >= 2_000 {
            return .wrong(
                "database_clock", sentence,
                why: "The server does not start then: tokens and sessions would end at different times.",
                mend: "Let both machines keep their clocks by NTP.")
        }
        if milliseconds.magnitude >= 500 {
            return .warning(
                "database_clock", sentence, why: "From two seconds on the server does not start.",
                mend: "Let both machines keep their clocks by NTP.")
        }
        return .fine("database_clock", sentence)
    }

    static func postgresVersion(_ examination: StoreExamination) -> Finding {
        let version = examination.facts["server_version"] ?? "unknown"
        guard let number = examination.facts["server_version_num"].flatMap({ Int($0) }), number >= 150_000 else {
            return .wrong(
                "postgresql", "PostgreSQL is version \(version).", why: "Aldrava is tested with 15 and later.",
                mend: "Upgrade the database server.")
        }
        return .fine("postgresql", "PostgreSQL is version \(version).")
    }

    static func encryption(_ examination: StoreExamination) -> Finding {
        let isEncrypted = examination.facts["ssl_in_use"] == "true"
        guard isEncrypted || examination.facts["is_remote"] != "true" else {
            return .warning(
                "database_encryption", "The connection to the database crosses a network without TLS.",
                why: "Whoever sits on the way reads the data and can change it.",
                mend: "Add sslmode=verify-full and sslrootcert to ALDRAVA_DATABASE.")
        }
        return .fine(
            "database_encryption",
            isEncrypted ? "The connection to the database is encrypted." : "The database is on this machine.")
    }

    static func privileges(_ examination: StoreExamination) -> Finding {
        let names = [
            ("superuser", "is a superuser"), ("may_create_roles", "may create roles"),
            ("may_create_databases", "may create databases"),
        ]
        let held = names.filter { examination.facts[$0.0] == "true" }.map(\.1)
        guard held.isEmpty else {
            return .warning(
                "database_role", "The database role \(held.joined(separator: ", ")).",
                why: "Aldrava needs none of that; whoever took over the server would have it too.",
                mend: "Give it a role of its own that owns its database and nothing else.")
        }
        return .fine("database_role", "The database role may do no more than it needs.")
    }

    /// Superusers and roles with BYPASSRLS pass by every policy, FORCE or not.
    static func policies(_ examination: StoreExamination) -> Finding {
        guard examination.facts["passes_policies"] != "true" else {
            return .warning(
                "database_policies", "The database role passes by row-level security.",
                why: "The policies that keep realms apart inside the database are not asked.",
                mend: "Give the server a role that is no superuser and has no BYPASSRLS (docs/ROW-LEVEL-SECURITY.md).")
        }
        return .fine("database_policies", "The database itself keeps realms apart.")
    }

    static func connections(_ examination: StoreExamination) -> Finding {
        guard let most = examination.facts["max_connections"].flatMap({ Int($0) }),
            let used = examination.facts["connections"].flatMap({ Int($0) })
        else { return .unknown("database_connections", "The database does not say how many connections it takes.") }
        guard used * 10 <= most * 8 else {
            return .warning(
                "database_connections", "\(used) of the database's \(most) connections are in use.",
                why: "When none is left, requests that need the database fail.",
                mend: "Raise max_connections, lower ALDRAVA_DATABASE_CONNECTIONS, or put PgBouncer in between.")
        }
        return .fine("database_connections", "\(used) of the database's \(most) connections are in use.")
    }

    static func libpq(_ examination: StoreExamination) -> Finding {
        guard let number = examination.facts["libpq"].flatMap({ Int($0) }), number >= 140_000 else {
            return .warning(
                "libpq", "libpq is older than 14.", why: "It speaks to the database, and was not tested.",
                mend: "Upgrade libpq5.")
        }
        return .fine("libpq", "libpq is version \(number / 10_000).\(number % 10_000).")
    }
}
