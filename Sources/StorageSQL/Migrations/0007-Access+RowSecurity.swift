/// The part of migration 7 with which PostgreSQL itself keeps realms apart.
extension Migration {
    static let rowSecurityOnPostgres: [StaticString] = [
        guardRealms
    ]

    /// Puts the policy on every table with a realm, and on each that refers to one of those; may be repeated, and must be
    /// by each migration that makes one.
    ///
    /// A transaction names its realm in `aldrava.realm`, or a star for what is above realms, in the message that
    /// begins it: ``Storage/StoreScope``. Where nothing is said all is seen: the version before this one says nothing, and
    /// goes on while an upgrade lasts. FORCE, because the role that owns the tables may be the one that serves. `feed_entries` is
    /// read by every node for all realms, and `realm_hosts` tells whose a host is before anything else is known.
    static let guardRealms: StaticString = """
        DO $$
        DECLARE
            -- Not through a subquery: most statements touch one row.
            said CONSTANT text := 'coalesce(nullif(current_setting(''aldrava.realm'', true), ''''), ''*'')';
            here CONSTANT oid := (SELECT oid FROM pg_namespace WHERE nspname = current_schema());
            guarded regclass;
            shown regclass;
            rule text;
            isGuarded boolean := true;
        BEGIN
            FOR guarded IN
                SELECT c.oid::regclass FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
                WHERE c.relnamespace = here AND c.relkind = 'r' AND a.attname = 'realm' AND NOT a.attisdropped
                    AND c.relname NOT IN ('feed_entries', 'realm_hosts')
                    AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'realm')
            LOOP
                EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
                EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
                EXECUTE format('CREATE POLICY realm ON %s USING (%s IN (realm, ''*''))', guarded, said);
            END LOOP;
            -- Rows without a realm are of the realm of what they refer to; and so on for what refers to them.
            WHILE isGuarded LOOP
                isGuarded := false;
                FOR guarded, rule IN
                    SELECT DISTINCT ON (c.oid) c.oid::regclass, format('EXISTS (SELECT FROM %s AS parent WHERE %s)',
                        k.confrelid::regclass, (
                            SELECT string_agg(format('parent.%I = %s.%I', theirs.attname, c.oid::regclass, ours.attname),
                                ' AND ' ORDER BY pair.place)
                            FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS pair (own, other, place)
                            JOIN pg_attribute AS ours ON ours.attrelid = k.conrelid AND ours.attnum = pair.own
                            JOIN pg_attribute AS theirs ON theirs.attrelid = k.confrelid AND theirs.attnum = pair.other))
                    FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
                    JOIN pg_class AS parent ON parent.oid = k.confrelid
                    WHERE c.relnamespace = here AND k.contype = 'f' AND c.oid <> parent.oid AND parent.relrowsecurity
                        AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'realm')
                    ORDER BY c.oid, k.conkey
                LOOP
                    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
                    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
                    EXECUTE format('CREATE POLICY realm ON %s USING (%s = ''*'' OR %s)', guarded, said, rule);
                    isGuarded := true;
                END LOOP;
            END LOOP;
            -- As whoever asks, or a view would show what its owner sees.
            FOR shown IN
                SELECT c.oid::regclass FROM pg_class AS c WHERE c.relnamespace = here AND c.relkind = 'v'
            LOOP
                EXECUTE format('ALTER VIEW %s SET (security_invoker = true)', shown);
            END LOOP;
        END $$
        """
}
