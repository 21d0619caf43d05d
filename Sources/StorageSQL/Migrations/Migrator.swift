internal import Domain
public import Storage

/// Brings a database's schema up to this program's version.
public struct Migrator: Sendable {
    private let migrations: [Migration]

    public init() { migrations = Migration.all }

    /// As a program of that time was; for tests of an upgrade.
    package init(upTo version: Int64) { migrations = Migration.all.filter { $0.number <= version } }

    /// The version that this program's queries expect.
    public var newestVersion: Int64 { migrations.last?.number ?? 0 }

    /// Applies the next missing migration, if any, and returns true while more are missing.
    ///
    /// Call it inside a write transaction of its own, commit, and repeat until it returns false. Two nodes that
    /// start together queue behind one lock: PostgreSQL's is taken here, SQLite's is BEGIN IMMEDIATE itself.
    ///
    /// A newer database is left as it is, where its migrations said that this program still works on it.
    ///
    /// - Throws: ``Storage/StoreFault/unavailable(_:)`` when the database is too new for this program.
    public func step<Connection: SQLConnection>(on connection: Connection) throws(StoreFault) -> Bool {
        if Connection.dialect == .postgres {
            // Until the transaction ends; the number is this table's own and means nothing.
            _ = try connection.query("SELECT pg_advisory_xact_lock(2876133154)", []) { _ throws(StoreFault) in }
            _ = try connection.query(SchemaVersion.home, []) { _ throws(StoreFault) in }
        }
        let version = try SchemaVersion.read(on: connection)
        if version > newestVersion {
            guard try SchemaVersion.oldestProgram(on: connection) <= newestVersion else {
                throw .unavailable(
                    "its schema is version \(version), this program knows only \(newestVersion): start a newer aldrava")
            }
            return false
        }
        guard let next = migrations.first(where: { $0.number > version }) else { return false }
        try SchemaVersion.requireOwner(of: version, on: connection)
        if version == 0 { try connection.define(SchemaVersion.table) }
        for statement in Connection.dialect == .sqlite ? next.sqlite : next.postgres {
            try connection.define(statement)
        }
        _ = try connection.execute(
            "INSERT INTO migrations (number, name, applied_at) VALUES ($1, $2, $3)",
            [.integer(next.number), .text(next.name.description), .time(connection.now)])
        try SchemaVersion.setOldestProgram(next.oldestProgram, on: connection)
        return next.number < newestVersion
    }
}

/// How far the schema of a database is.
enum SchemaVersion {
    static let table: StaticString = """
        CREATE TABLE migrations (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)
        """

    /// Takes the schema that holds only what teams' policies ask for (``IdentitySchemaText``) out of the search path until
    /// the transaction ends. A role that is called `aldrava` has a schema of its own name before `public` by default, and
    /// new tables would go where no old one is.
    static let home: StaticString = """
        SELECT set_config('search_path', string_agg(quote_ident(s.name), ', ' ORDER BY s.place), true)
        FROM unnest(current_schemas(false)) WITH ORDINALITY AS s (name, place)
        WHERE s.name <> 'aldrava' OR NOT EXISTS (SELECT FROM pg_tables AS t
                WHERE t.schemaname = 'aldrava' AND t.tablename = 'token_keys')
            OR EXISTS (SELECT FROM pg_tables AS t WHERE t.schemaname = 'aldrava' AND t.tablename = 'migrations')
        HAVING count(*) > 0
        """

    /// `migrations` lies where all other tables do, whatever else is on the search path. Identity columns need no more.
    static let grants: StaticString = """
        DO $$
        DECLARE
            home text := (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = 'migrations'::regclass);
            server text := quote_ident(current_setting('aldrava.serving_role'));
        BEGIN
            EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', home, server);
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %s TO %s', home, server);
            EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %s '
                'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %s', home, server);
            IF home <> 'aldrava' OR to_regclass('aldrava.token_keys') IS NULL THEN RETURN; END IF;
            EXECUTE format('REVOKE ALL ON aldrava.token_keys, aldrava.admitted_realms FROM %s', server);
        END $$
        """

    /// 0 for an empty database. The two differ because each keeps the list of its tables in a place of its own.
    static func read<Connection: SQLConnection>(on connection: Connection) throws(StoreFault) -> Int64 {
        let tables: StaticString =
            switch Connection.dialect {
            case .sqlite: "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'"
            case .postgres:
                """
                SELECT count(*) FROM information_schema.tables
                WHERE table_name = 'migrations' AND table_schema = (
                    SELECT s.name FROM unnest(current_schemas(false)) WITH ORDINALITY AS s (name, place)
                    WHERE s.name <> 'aldrava' OR NOT EXISTS (SELECT FROM pg_tables AS t
                            WHERE t.schemaname = 'aldrava' AND t.tablename = 'token_keys')
                        OR EXISTS (SELECT FROM pg_tables AS t
                            WHERE t.schemaname = 'aldrava' AND t.tablename = 'migrations')
                    ORDER BY s.place LIMIT 1)
                """
            }
        let count = try connection.query(tables, []) { row throws(StoreFault) in try row.integer(0) }
        guard count.first == 1 else { return 0 }
        let newest = try connection.query("SELECT coalesce(max(number), 0) FROM migrations", []) {
            row throws(StoreFault) in try row.integer(0)
        }
        return newest.first ?? 0
    }

    /// What the newest migration said about older programs; for a database that does not say, nobody but the newest.
    static func oldestProgram<Connection: SQLConnection>(on connection: Connection) throws(StoreFault) -> Int64 {
        let values = try connection.query("SELECT value FROM settings WHERE name = $1", [.text(oldestProgramName)]) {
            row throws(StoreFault) in try row.blob(0)
        }
        return values.first.flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? .max
    }

    /// The role that serves may be one that owns nothing; then the owner has to be first.
    static func requireOwner<Connection: SQLConnection>(
        of version: Int64, on connection: Connection
    ) throws(StoreFault) {
        guard Connection.dialect == .postgres, version > 0 else { return }
        let owners = try connection.query(
            """
            SELECT pg_get_userbyid(relowner)::text, pg_has_role(relowner, 'USAGE')::int::bigint
            FROM pg_class WHERE oid = 'migrations'::regclass
            """, []
        ) { row throws(StoreFault) in (try row.text(0), try row.integer(1) != 0) }
        guard let (owner, isOurs) = owners.first, !isOurs else { return }
        throw .unavailable(
            "its schema is version \(version) and belongs to the role '\(owner)': run 'aldrava migrate' with that role first"
        )
    }

    static func setOldestProgram<Connection: SQLConnection>(
        _ version: Int64, on connection: Connection
    ) throws(StoreFault) {
        _ = try connection.execute(
            """
            INSERT INTO settings (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, [.text(oldestProgramName), .blob(Array(String(version).utf8))])
    }

    private static let oldestProgramName = "schema_oldest_program"
}
