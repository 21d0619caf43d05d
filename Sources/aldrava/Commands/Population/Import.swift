internal import App
internal import Flows

extension Command {
    static let population = [importUsers, exportUsers, orphans]

    private static let format = Option(
        "--format", "FORMAT", "'jsonl', 'csv' or 'supabase'; unless told, what the file's name ends with.")
    private static let map = Option(
        "--map", "COLUMN=FIELD", "What a column is called here, or - to pass it over; may be given several times.")
    private static let rolesForAll = Option("--roles", "ROLES", "Roles that everybody gets, with commas between.")
    private static let createRoles = Option(switch: "--create-roles", "Make roles that do not exist yet.")
    private static let dryRun = Option(
        switch: "--dry-run", "Do everything but write, and say what would become of each row.")
    private static let onConflict = Option(
        "--on-conflict", "WHAT",
        "For who is here already and not as the row says: 'skip' unless told, or 'update'.")
    private static let identityFile = Option(
        "--identity", "FILE", "The file with the secret key of a file that is encrypted.", kind: .file)
    private static let report = Option("--report", "FILE", "A new file for every problem, as JSON Lines.", kind: .file)

    static let importUsers = Command(
        words: ["import"], summary: "Take users of another system in, with their passwords.",
        parameters: [Parameter("FILE", "JSON Lines, CSV, or a dump of Supabase's auth.users.", .file)],
        options: [format, map, rolesForAll, createRoles, dryRun, onConflict, identityFile, report] + Option.here,
        example: "aldrava import users.csv --map mail=email --dry-run",
        notes: """
            The fields are: id, username, email, password_hash, email_verified, email_verified_at, active, banned_until,
            deactivated_at, created_at, last_sign_in_at, language, roles, permissions, app_metadata, user_metadata, and
            attributes or attributes.NAME.
            Only email is required. Hashes of passwords are taken as they are and checked when their owner signs in.

            Running it again changes nothing, and goes on where it was cut off. Exit code 1 if a row was refused; those
            that are in order are taken. Columns, formats of hashes and what --on-conflict does: docs/IMPORT-EXPORT.md.
            """
    ) { arguments in
        let words = ["import"]
        let file = arguments["FILE"]
        guard let format = arguments.value(format).map({ ImportFormat(rawValue: $0) }) ?? ImportFormat(fileName: file)
        else {
            throw Misuse("--format is 'jsonl', 'csv' or 'supabase'.", see: words)
        }
        guard let conflict = ImportUsers.Conflict(rawValue: arguments.value(onConflict) ?? "skip") else {
            throw Misuse("--on-conflict is 'skip' or 'update'.", see: words)
        }
        let names = try FieldNames(
            arguments.values(map),
            roles: arguments.values(rolesForAll).flatMap { $0.split(separator: ",").map(String.init) })
        let job = ImportJob(
            file: file, format: format, realm: arguments.value(.realm) ?? "default", names: names,
            onConflict: conflict, isDryRun: arguments.has(dryRun), createsRoles: arguments.has(createRoles),
            identity: arguments.value(identityFile), report: arguments.value(report))
        var bar = ProgressBar(isQuiet: arguments.has(.json))
        let reply = try App.importUsers(job, try Settings.read(arguments)) { bar.show($0) }
        bar.end()
        return try Reply.print(reply, arguments)
    }

    private static let recipient = Option(
        "--recipient", "FILE", isRequired: true, "The file with the public key that the export is encrypted to.",
        kind: .file)

    static let exportUsers = Command(
        words: ["export"], summary: "Write all users to an encrypted file, passwords' hashes included.",
        parameters: [Parameter("FILE", "A new file, made with mode 600.", .file)],
        options: [recipient] + Option.here,
        example: "aldrava export users.jsonl.age --recipient operator.pub",
        notes: """
            The file is one of age's (age-encryption.org/v1), to be opened with the key whose public half was given:

              age-keygen -o operator.key && age-keygen -y operator.key > operator.pub
              age --decrypt --identity operator.key users.jsonl.age

            'aldrava import' reads it with --identity operator.key.
            """
    ) { arguments in
        var bar = ProgressBar(isQuiet: arguments.has(.json))
        let reply = try App.exportUsers(
            of: arguments.value(.realm) ?? "default", to: arguments["FILE"],
            recipients: arguments.value(recipient) ?? "", try Settings.read(arguments)
        ) { bar.show($0) }
        bar.end()
        return try Reply.print(reply, arguments)
    }

    private static let other = Option(
        "--other", "FILE", "The accounts of the other store, with a column id, number or email.", kind: .file)
    private static let mend = Option(
        "--mend", "WHAT",
        "'create-here' for those only there, 'disable-here' for those only here, or both.")
    private static let missing = Option(
        "--write-missing", "FILE", "A new CSV file of those who are only here, for the other store.", kind: .file)

    static let orphans = Command(
        words: ["orphans"], summary: "Find and mend accounts that exist in one of two stores only.",
        options: [other, format, map, mend, missing, report] + Option.here,
        example: "aldrava orphans --other application-users.csv",
        notes: """
            Without --other, finds what is incomplete here: users who have no password and never signed in, and users
            without a key for the audit. Without --mend, nothing is changed.
            """
    ) { arguments in
        let words = ["orphans"]
        let path = arguments.value(other)
        let format =
            arguments.value(format).map({ ImportFormat(rawValue: $0) }) ?? path.map { ImportFormat(fileName: $0) }
            ?? .csv
        guard let format else { throw Misuse("--format is 'jsonl', 'csv' or 'supabase'.", see: words) }
        let mends = arguments.values(mend).compactMap { OrphanJob.Mend(rawValue: $0) }
        guard mends.count == arguments.values(mend).count else {
            throw Misuse("--mend is 'create-here' or 'disable-here'.", see: words)
        }
        guard path != nil || mends.isEmpty && !arguments.has(missing) else {
            throw Misuse("--mend and --write-missing need --other.", see: words)
        }
        let job = OrphanJob(
            realm: arguments.value(.realm) ?? "default", other: path, format: format,
            names: try FieldNames(arguments.values(map), passesUnknownOver: true), mends: Set(mends),
            missing: arguments.value(missing), report: arguments.value(report))
        return try Reply.print(try findOrphans(job, try Settings.read(arguments)), arguments)
    }
}
