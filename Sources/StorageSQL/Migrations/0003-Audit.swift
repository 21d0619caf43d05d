extension Migration {
    /// The log searched by each of its fields, and answers that are given again to a request that is repeated.
    ///
    /// The new columns have defaults, because the version before this one goes on writing rows without them. They are
    /// labels beside the event, not part of what its proof covers.
    static let audit = Migration(
        number: 3, name: "audit", oldestProgram: 2, sqlite: auditOnSQLite, postgres: auditOnPostgres)

    private static let auditOnSQLite: [StaticString] = [
        "ALTER TABLE events ADD COLUMN kind TEXT NOT NULL DEFAULT 'event'",
        "ALTER TABLE events ADD COLUMN application TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE events ADD COLUMN request_id TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE events ADD COLUMN session_id TEXT NOT NULL DEFAULT ''",
        // A row whose details are no JSON was not written by this program; it keeps its empty labels.
        """
        UPDATE events SET request_id = coalesce(details ->> '$.request_id', ''),
            session_id = coalesce(details ->> '$.session', '')
        WHERE json_valid(details)
        """,
        "CREATE INDEX events_by_time ON events (realm, happened_at)",
        "CREATE INDEX events_by_actor ON events (realm, actor_id, xid, place) WHERE actor_id IS NOT NULL",
        "CREATE INDEX events_by_did ON events (realm, did, xid, place)",
        "CREATE INDEX events_by_refused ON events (realm, xid, place) WHERE status = 0",
        "CREATE INDEX events_by_confirmed_by ON events (realm, confirmed_by, xid, place)",
        "CREATE INDEX events_by_if_ok ON events (realm, if_ok, xid, place)",
        "CREATE INDEX events_by_if_doubt ON events (realm, if_doubt, xid, place)",
        "CREATE INDEX events_by_if_not ON events (realm, if_not, xid, place)",
        "CREATE INDEX events_by_kind ON events (realm, kind, xid, place) WHERE kind <> 'event'",
        "CREATE INDEX events_by_application ON events (realm, application, xid, place) WHERE application <> ''",
        "CREATE INDEX events_by_request_id ON events (realm, request_id, xid, place) WHERE request_id <> ''",
        "CREATE INDEX events_by_session_id ON events (realm, session_id, xid, place) WHERE session_id <> ''",
        """
        CREATE TABLE remembered_answers (
            realm TEXT NOT NULL, digest BLOB NOT NULL, fingerprint BLOB NOT NULL, answer BLOB NOT NULL,
            given_at INTEGER NOT NULL,
            PRIMARY KEY (realm, digest)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX remembered_answers_by_age ON remembered_answers (given_at)",
    ]

    private static let auditOnPostgres: [StaticString] = [
        "ALTER TABLE events ADD COLUMN kind TEXT NOT NULL DEFAULT 'event'",
        "ALTER TABLE events ADD COLUMN application TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE events ADD COLUMN request_id TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE events ADD COLUMN session_id TEXT NOT NULL DEFAULT ''",
        // Read as text, because a cast to JSON would fail for all where one row is none. Within a JSON text a
        // quotation mark is escaped, so that only a member's name matches.
        """
        UPDATE events SET
            request_id = coalesce(substring(details FROM '"request_id":"([A-Za-z0-9._-]+)"'), ''),
            session_id = coalesce(substring(details FROM '"session":"([0-9a-f-]+)"'), '')
        """,
        // A view's columns are those of its table when it was made.
        """
        CREATE OR REPLACE VIEW settled_events AS
        SELECT * FROM events WHERE xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        """,
        "CREATE INDEX events_by_time ON events (realm, happened_at)",
        "CREATE INDEX events_by_actor ON events (realm, actor_id, xid, place) WHERE actor_id IS NOT NULL",
        "CREATE INDEX events_by_did ON events (realm, did, xid, place)",
        "CREATE INDEX events_by_refused ON events (realm, xid, place) WHERE status = 0",
        "CREATE INDEX events_by_confirmed_by ON events (realm, confirmed_by, xid, place)",
        "CREATE INDEX events_by_if_ok ON events (realm, if_ok, xid, place)",
        "CREATE INDEX events_by_if_doubt ON events (realm, if_doubt, xid, place)",
        "CREATE INDEX events_by_if_not ON events (realm, if_not, xid, place)",
        "CREATE INDEX events_by_kind ON events (realm, kind, xid, place) WHERE kind <> 'event'",
        "CREATE INDEX events_by_application ON events (realm, application, xid, place) WHERE application <> ''",
        "CREATE INDEX events_by_request_id ON events (realm, request_id, xid, place) WHERE request_id <> ''",
        "CREATE INDEX events_by_session_id ON events (realm, session_id, xid, place) WHERE session_id <> ''",
        """
        CREATE TABLE remembered_answers (
            realm TEXT NOT NULL, digest BYTEA NOT NULL, fingerprint BYTEA NOT NULL, answer BYTEA NOT NULL,
            given_at BIGINT NOT NULL,
            PRIMARY KEY (realm, digest)
        )
        """,
        "CREATE INDEX remembered_answers_by_age ON remembered_answers (given_at)",
    ]
}
