/// The statements that make the schema `aldrava`, in their order; each may be repeated.
///
/// Whoever calls these functions may be an attacker with a connection of an application's, who can make functions,
/// operators, temporary tables and settings, and choose `search_path`. So every name is bound: by a `search_path` of the
/// function's own, or, in those with a body after RETURN, when the function is made.
public enum IdentitySchemaText {
    public static var all: [StaticString] { tables + functions + [closing, opening] }

    private static let tables: [StaticString] = [
        // Not with IF NOT EXISTS, which asks for the right to make one also where there is one.
        """
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'aldrava') THEN CREATE SCHEMA aldrava; END IF;
        END $$
        """,
        // The keys are what HMAC needs of them, and as good as plain: whoever reads them makes tokens.
        """
        CREATE TABLE IF NOT EXISTS aldrava.token_keys (
            id text COLLATE "C" NOT NULL PRIMARY KEY, inner_pad bytea NOT NULL, outer_pad bytea NOT NULL,
            good_until timestamptz
        )
        """,
        "CREATE TABLE IF NOT EXISTS aldrava.admitted_realms (name text COLLATE \"C\" NOT NULL PRIMARY KEY)",
    ]

    private static let functions: [StaticString] = [
        // HMAC-SHA-256 (RFC 2104) out of PostgreSQL's own sha256, as base64url: pgcrypto need not be there.
        """
        CREATE OR REPLACE FUNCTION aldrava.mac(inner_pad bytea, outer_pad bytea, message text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN translate(rtrim(encode(
            sha256(outer_pad || sha256(inner_pad || convert_to(message, 'UTF8'))), 'base64'), '='), '+/', '-_')
        """,
        // Where a comparison of two digests ends says nothing about what was hashed, so its time tells no MAC.
        """
        CREATE OR REPLACE FUNCTION aldrava.is_same(one text, other text) RETURNS boolean
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN coalesce(sha256(convert_to(one, 'UTF8')) = sha256(convert_to(other, 'UTF8')), false)
        """,
        """
        CREATE OR REPLACE FUNCTION aldrava.read_claims(text) RETURNS jsonb
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN convert_from(decode(
            rpad(translate($1, '-_', '+/'), (length($1) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::jsonb
        """,
        // The process, the server's start and the transaction: no two transactions of a cluster have one xid8.
        """
        CREATE OR REPLACE FUNCTION aldrava.place(xid8) RETURNS text
        LANGUAGE sql STABLE PARALLEL RESTRICTED
        RETURN 'bound/' || pg_backend_pid()::text || '/' || extract(epoch FROM pg_postmaster_start_time())::text
            || '/' || $1::text
        """,
        // The clock and not now(): a transaction that began long ago must not take a token that is over.
        """
        CREATE OR REPLACE FUNCTION aldrava.enter(token text) RETURNS void
        LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            parts text[] := string_to_array(token, '.');
            key_found aldrava.token_keys;
            claimed jsonb;
        BEGIN
            IF array_length(parts, 1) IS DISTINCT FROM 4 OR parts[1] IS DISTINCT FROM 'adt1' THEN
                RAISE EXCEPTION 'this is no database token' USING ERRCODE = 'invalid_authorization_specification';
            END IF;
            SELECT k.* INTO key_found FROM aldrava.token_keys AS k
            WHERE k.id = parts[2] AND (k.good_until IS NULL OR k.good_until > clock_timestamp());
            IF NOT FOUND OR NOT aldrava.is_same(parts[4], aldrava.mac(
                key_found.inner_pad, key_found.outer_pad, 'adt1.' || parts[2] || '.' || parts[3]))
            THEN
                RAISE EXCEPTION 'the database token was not made here'
                    USING ERRCODE = 'invalid_authorization_specification';
            END IF;
            claimed := aldrava.read_claims(parts[3]);
            IF coalesce((claimed ->> 'exp')::double precision, 0) <= extract(epoch FROM clock_timestamp()) THEN
                RAISE EXCEPTION 'the database token has expired' USING ERRCODE = 'invalid_authorization_specification',
                    HINT = 'Ask POST /api/auth/database-token for another one; each is good for 60 seconds.';
            END IF;
            IF NOT EXISTS (SELECT FROM aldrava.admitted_realms AS r WHERE r.name = claimed ->> 'realm') THEN
                RAISE EXCEPTION 'this database does not admit the realm of the database token'
                    USING ERRCODE = 'invalid_authorization_specification',
                    HINT = 'aldrava rls install --realm NAME admits one.';
            END IF;
            PERFORM set_config('aldrava.identity', parts[2] || '.' || parts[3] || '.' || aldrava.mac(
                key_found.inner_pad, key_found.outer_pad,
                aldrava.place(pg_current_xact_id()) || '.' || parts[2] || '.' || parts[3]), true);
        END $$
        """,
        // Anybody can write the setting, so what it says counts only with a MAC that is of here and now.
        """
        CREATE OR REPLACE FUNCTION aldrava.claims() RETURNS jsonb
        LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            parts text[] := string_to_array(current_setting('aldrava.identity', true), '.');
            present xid8 := pg_current_xact_id_if_assigned();
            key_found aldrava.token_keys;
        BEGIN
            IF present IS NULL OR array_length(parts, 1) IS DISTINCT FROM 3 THEN RETURN NULL; END IF;
            SELECT k.* INTO key_found FROM aldrava.token_keys AS k WHERE k.id = parts[1];
            IF NOT FOUND OR NOT aldrava.is_same(parts[3], aldrava.mac(
                key_found.inner_pad, key_found.outer_pad, aldrava.place(present) || '.' || parts[1] || '.' || parts[2]))
            THEN RETURN NULL; END IF;
            RETURN aldrava.read_claims(parts[2]);
        END $$
        """,
        """
        CREATE OR REPLACE FUNCTION aldrava.user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL RESTRICTED
        RETURN (aldrava.claims() ->> 'sub')::uuid
        """,
        """
        CREATE OR REPLACE FUNCTION aldrava.realm() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
        RETURN aldrava.claims() ->> 'realm'
        """,
        """
        CREATE OR REPLACE FUNCTION aldrava.roles() RETURNS text[] LANGUAGE sql STABLE PARALLEL RESTRICTED
        RETURN ARRAY(SELECT jsonb_array_elements_text(aldrava.claims() -> 'roles'))
        """,
        """
        CREATE OR REPLACE FUNCTION aldrava.groups() RETURNS text[] LANGUAGE sql STABLE PARALLEL RESTRICTED
        RETURN ARRAY(SELECT jsonb_array_elements_text(aldrava.claims() -> 'groups'))
        """,
        // What answers a question: the pair and the patterns that cover it. Administration's own resources begin with
        // 'aldrava.'; no wildcard in the place of a resource reaches them. Nobody holds what has a star in the question.
        """
        CREATE OR REPLACE FUNCTION aldrava.covering(resource text, action text) RETURNS text[]
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN CASE WHEN resource IS NULL OR action IS NULL OR resource = '*' OR action = '*' THEN '{}'::text[]
            WHEN starts_with(resource, 'aldrava.') THEN ARRAY[resource || ':' || action, resource || ':*']
            ELSE ARRAY[resource || ':' || action, resource || ':*', '*:' || action, '*:*'] END
        """,
        """
        CREATE OR REPLACE FUNCTION aldrava.has_permission(resource text, action text) RETURNS boolean
        LANGUAGE sql STABLE PARALLEL RESTRICTED
        RETURN coalesce((
            SELECT own -> 'permissions' ?| aldrava.covering(resource, action)
                OR (own -> 'roles' ? 'admin' AND starts_with(resource, 'aldrava.') AND resource || action NOT LIKE '%*%')
            FROM aldrava.claims() AS own), false)
        """,
        """
        CREATE OR REPLACE FUNCTION aldrava.instances(resource text, action text) RETURNS text[]
        LANGUAGE sql STABLE PARALLEL RESTRICTED
        RETURN ARRAY(
            SELECT held.key FROM jsonb_each(aldrava.claims() -> 'instances') AS held
            WHERE held.value ?| aldrava.covering(resource, action))
        """,
    ]

    /// Takes away what anybody but the owner has, default privileges included: an `ALTER DEFAULT PRIVILEGES` of long ago
    /// may have given an application each new table.
    private static let closing: StaticString = """
        DO $$
        DECLARE
            command text;
        BEGIN
            FOR command IN
                SELECT format('REVOKE ALL ON TABLE %s FROM %s', c.oid::regclass,
                    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
                FROM pg_class AS c, aclexplode(c.relacl) AS a
                WHERE c.oid IN ('aldrava.token_keys'::regclass, 'aldrava.admitted_realms'::regclass)
                    AND a.grantee <> c.relowner
                UNION
                SELECT format('REVOKE ALL ON FUNCTION %s FROM %s', p.oid::regprocedure,
                    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
                FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
                WHERE p.pronamespace = 'aldrava'::regnamespace AND a.grantee <> p.proowner
                    AND p.proname IN ('mac', 'is_same', 'read_claims', 'place')
                UNION
                SELECT format('REVOKE CREATE ON SCHEMA aldrava FROM %s',
                    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
                FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
                WHERE n.nspname = 'aldrava' AND a.grantee <> n.nspowner
            LOOP
                EXECUTE command;
            END LOOP;
        END $$
        """

    /// For everybody: without a token they say nothing.
    private static let opening: StaticString = """
        DO $$
        BEGIN
            GRANT USAGE ON SCHEMA aldrava TO PUBLIC;
            GRANT EXECUTE ON FUNCTION aldrava.enter(text), aldrava.claims(), aldrava.user_id(), aldrava.realm(),
                aldrava.roles(), aldrava.groups(), aldrava.has_permission(text, text),
                aldrava.instances(text, text), aldrava.covering(text, text) TO PUBLIC;
        END $$
        """
}
