internal import CPostgres
internal import Storage
internal import StorageSQL

/// What a PostgreSQL server says about itself and about whoever asks.
enum PostgresFacts {
    /// Settings by their names, and `ssl_in_use`, `is_remote`, `superuser`, `may_create_roles`, `may_create_databases`,
    /// `connections`, `passes_policies`, `libpq` beside them.
    static func read(on attempt: Attempt) throws(StoreFault) -> [String: String] {
        let settings = try attempt.query(
            """
            SELECT name, setting FROM pg_settings WHERE name IN ('server_version_num', 'server_version', 'fsync',
                'synchronous_commit', 'full_page_writes', 'wal_level', 'max_connections', 'data_checksums',
                'password_encryption')
            """, []
        ) { row throws(StoreFault) in (try row.text(0), try row.text(1)) }
        let own = try attempt.query(
            """
            SELECT
                coalesce((SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()), ''),
                (inet_server_addr() IS NOT NULL AND host(inet_server_addr()) <> host(inet_client_addr()))::text,
                rolsuper::text, rolcreaterole::text, rolcreatedb::text,
                (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::text,
                (rolsuper OR rolbypassrls)::text
            FROM pg_roles WHERE rolname = current_user
            """, []
        ) { row throws(StoreFault) in
            [
                "ssl_in_use": try row.text(0), "is_remote": try row.text(1), "superuser": try row.text(2),
                "may_create_roles": try row.text(3), "may_create_databases": try row.text(4),
                "connections": try row.text(5), "passes_policies": try row.text(6),
            ]
        }
        var facts = own.first ?? [:]
        for (name, value) in settings { facts[name] = value }
        facts["libpq"] = "\(pq_libVersion())"
        return facts
    }
}
