#!/usr/bin/env python3
"""A team's own table in Aldrava's PostgreSQL, guarded by policies that ask Aldrava who asks, and everything that a role
with nothing but its own connection can try against them: psql does what an injected statement could."""

import base64
import hmac
import json
import subprocess
import time
import unittest
import urllib.parse

from harness import POSTGRES, Server, ServerTest, run, segments

PASSWORD = "correct horse battery staple"

TEAM = """
CREATE ROLE {app} LOGIN PASSWORD 'app' NOSUPERUSER NOBYPASSRLS;
CREATE TABLE public.messages (id int PRIMARY KEY, owner uuid NOT NULL, text text NOT NULL);
ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.messages USING (
    owner = (SELECT aldrava.user_id()) OR (SELECT aldrava.has_permission('messages', 'read')));
GRANT SELECT, INSERT, UPDATE, DELETE ON public.messages TO {app};
GRANT CREATE ON SCHEMA public TO {app};
"""


def psql(url, sql, expect=0):
    """What a script printed, line by line; each message to the server is one statement, as a driver sends it."""
    done = subprocess.run(
        ["psql", "-tAqX", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", url], input=sql, capture_output=True,
        text=True, timeout=60)
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"psql ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout.split("\n")[:-1] if expect == 0 else done.stderr


class Session:
    """One connection that stays open, as in a pool."""

    def __init__(self, url):
        self.process = subprocess.Popen(
            ["psql", "-tAqX", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __call__(self, sql):
        self.process.stdin.write(f"{sql}\n\\echo :end:\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline().rstrip("\n")) != ":end:":
            lines.append(line)
        return "\n".join(lines)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=10)


class RowSecurity(ServerTest):
    backend = "postgres"

    @classmethod
    def prepare(cls):
        server = cls.server
        server.start()
        server.widen()
        cls.before = None
        cls.people = {}
        for name in ("ana", "bruno"):
            cls.people[name] = server.register(name, PASSWORD).json["token"]
        cls.ids = {name: segments(token)[1]["sub"] for name, token in cls.people.items()}
        cls.before = server.call("POST", "/api/auth/database-token", token=cls.people["ana"])
        cls.installed = server.cli("rls", "install")
        cls.app = "app_" + urllib.parse.urlsplit(server.database).path[-8:]
        psql(server.database, TEAM.format(app=cls.app))
        for number, name in enumerate(cls.people):
            psql(server.database, f"INSERT INTO public.messages VALUES ({number}, '{cls.ids[name]}', 'of {name}')")
        parts = urllib.parse.urlsplit(server.database)
        cls.url = parts._replace(netloc=f"{cls.app}:app@{parts.hostname}:{parts.port}").geturl()
        cls.addClassCleanup(
            lambda: psql(POSTGRES, f"DROP ROLE IF EXISTS {cls.app}", expect=None))
        cls.addClassCleanup(lambda: psql(server.database, f"DROP OWNED BY {cls.app}", expect=None))

    def token(self, name="ana"):
        answer = self.server.call("POST", "/api/auth/database-token", token=self.people[name])
        self.assertEqual(answer.status, 200, answer)
        return answer.json["token"]

    def made(self, key=None, **claims):
        """A token as the server would make it, by somebody who has read the key."""
        row = psql(self.server.database, """
            SELECT id || ' ' || encode(inner_pad, 'hex') FROM aldrava.token_keys WHERE good_until IS NULL""")[0].split()
        secret = key if key is not None else bytes(byte ^ 0x36 for byte in bytes.fromhex(row[1]))
        now = int(time.time())
        base = {"realm": "default", "sub": self.ids["ana"], "roles": ["user"], "groups": ["staff"], "permissions": [],
                "iat": now, "exp": now + 60}
        text = base64.urlsafe_b64encode(json.dumps(base | claims).encode()).decode().rstrip("=")
        signed = f"adt1.{row[0]}.{text}"
        mac = hmac.digest(secret, signed.encode(), "sha256")
        return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    def entered(self, token, *statements):
        return psql(self.url, "\n".join(
            ["BEGIN;", f"SELECT aldrava.enter('{token}') IS NULL;", *(f"{text};" for text in statements), "COMMIT;"]))[1:]

    def refused(self, token, words):
        complaint = psql(self.url, f"SELECT aldrava.enter('{token}');", expect=3)
        self.assertIn("28000", complaint)
        self.assertIn(words, complaint)

    # What it is for

    def test_before_it_is_asked_for_there_are_no_tokens(self):
        self.assertEqual(self.before.status, 404)
        self.assertEqual(self.before.json["code"], "no_database_tokens")

    def test_the_answer_says_how_long_it_is_good(self):
        answer = self.server.call("POST", "/api/auth/database-token", token=self.people["ana"])
        self.assertEqual(answer.json["expires_in"], 60)
        claims = json.loads(base64.urlsafe_b64decode(answer.json["token"].split(".")[2] + "=="))
        self.assertEqual(claims["exp"] - claims["iat"], 60)
        self.assertEqual((claims["sub"], claims["realm"]), (self.ids["ana"], "default"))
        self.assertEqual(self.server.call("POST", "/api/auth/database-token").status, 401)

    def test_a_token_ends_with_the_first_grant_that_does(self):
        token = self.server.register("carla", PASSWORD).json["token"]
        self.server.cli("permission", "create", "parcels", "read")
        self.server.cli("grant", "permission", "parcels:read", "--user", "carla", "--until", "20s")
        answer = self.server.call("POST", "/api/auth/database-token", token=token).json
        claims = json.loads(base64.urlsafe_b64decode(answer["token"].split(".")[2] + "=="))
        self.assertIn("parcels:read", claims["permissions"])
        self.assertTrue(1 <= answer["expires_in"] <= 21, answer)
        self.assertEqual(claims["exp"] - claims["iat"], answer["expires_in"])

    def test_everybody_sees_what_is_theirs(self):
        for name in self.people:
            self.assertEqual(self.entered(self.token(name), "SELECT text FROM messages"), [f"of {name}"])

    def test_without_a_token_there_is_nothing(self):
        self.assertEqual(psql(self.url, "SELECT text FROM messages"), [])
        self.assertEqual(psql(self.url, """
            SELECT aldrava.user_id() IS NULL, aldrava.realm() IS NULL, aldrava.roles(), aldrava.groups(),
                aldrava.has_permission('messages', 'read')"""), ["t|t|{}|{}|f"])

    def test_what_is_written_is_checked_too(self):
        complaint = psql(self.url, f"""BEGIN; SELECT aldrava.enter('{self.token()}');
            INSERT INTO messages VALUES (9, '{self.ids["bruno"]}', 'not mine');""", expect=3)
        self.assertIn("row-level security", complaint)

    def test_claims(self):
        self.assertEqual(
            self.entered(self.made(), "SELECT aldrava.user_id(), aldrava.realm(), aldrava.roles(), aldrava.groups()"),
            [f"{self.ids['ana']}|default|{{user}}|{{staff}}"])

    def test_a_read_only_transaction_may_enter(self):
        out = psql(self.url, f"""BEGIN READ ONLY;
            SELECT aldrava.enter('{self.token()}') IS NULL; SELECT count(*) FROM messages; COMMIT;""")
        self.assertEqual(out[1:], ["1"])

    def test_permissions_and_wildcards(self):
        def held(permissions, *asked):
            return self.entered(self.made(permissions=permissions), *(
                f"SELECT aldrava.has_permission({question})" for question in asked))
        self.assertEqual(
            held(["messages:read"], "'messages','read'", "'messages','write'", "'message','read'", "'*','*'"),
            ["t", "f", "f", "f"])
        self.assertEqual(
            held(["messages:*"], "'messages','write'", "'messages2','write'", "'aldrava.users','write'"), ["t", "f", "f"])
        self.assertEqual(
            held(["*:read"], "'orders','read'", "'orders','write'", "'aldrava.users','read'"), ["t", "f", "f"])
        self.assertEqual(held(["*:*"], "'orders','write'", "'aldrava.users','read'"), ["t", "f"])
        self.assertEqual(
            held(["aldrava.users:*"], "'aldrava.users','read'", "'aldrava.roles','read'"), ["t", "f"])
        self.assertEqual(held(["messages:*"], "'messages','*'"), ["f"])
        self.assertEqual(
            self.entered(
                self.made(instances={"messages/0": ["messages:read"], "messages/1": ["messages:*"], "x": ["orders:read"]}),
                "SELECT aldrava.instances('messages','read')", "SELECT aldrava.instances('messages','write')",
                "SELECT aldrava.has_permission('messages','read')"),
            ["{messages/0,messages/1}", "{messages/1}", "f"])
        self.assertEqual(held(["*:read", "*:*"], "NULL,'read'", "'orders',NULL", "NULL,NULL"), ["f", "f", "f"])

    def test_a_program_has_permissions_and_is_nobody(self):
        root = self.server.make_admin()
        self.server.cli("permission", "create", "messages", "read")
        made = self.server.call(
            "POST", "/api/admin/api-keys", {"name": "reader", "permissions": ["messages:read"]}, token=root)
        key = made.json["key"]
        answer = self.server.call("POST", "/api/auth/database-token", headers={"X-Service-Api-Key": key})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(
            self.entered(answer.json["token"], "SELECT aldrava.user_id() IS NULL", "SELECT count(*) FROM messages"),
            ["t", "2"])
        # The administrator holds administration's permissions by name.
        root = self.server.call("POST", "/api/auth/database-token", token=root).json["token"]
        self.assertEqual(
            self.entered(root, "SELECT aldrava.has_permission('aldrava.users', 'read')",
                         "SELECT aldrava.has_permission('messages', 'read')"), ["t", "f"])

    # What is tried against it

    def test_a_plain_setting_gains_nothing(self):
        claims = self.token().split(".")
        for value in ("", "x", f"{claims[1]}.{claims[2]}.{claims[3]}", f"{claims[1]}.{claims[2]}.", "....", "a.b.c",
                      json.dumps({"sub": self.ids["ana"]}), self.token()):
            for local in ("true", "false"):
                self.assertEqual(psql(self.url, f"""
                    BEGIN; SELECT pg_current_xact_id() IS NULL;
                    SELECT set_config('aldrava.identity', '{value}', {local}) IS NULL;
                    SELECT set_config('aldrava.claims', '{value}', {local}) IS NULL;
                    SELECT set_config('aldrava.user_id', '{self.ids["ana"]}', {local}) IS NULL;
                    SELECT count(*), aldrava.user_id() IS NULL, aldrava.roles() FROM messages; COMMIT;""")[-1],
                    "0|t|{}", value)

    def test_a_mac_is_of_one_transaction(self):
        session = Session(self.url)
        self.addCleanup(session.close)
        session("BEGIN;")
        session(f"SELECT aldrava.enter('{self.token()}');")
        kept = session("SELECT current_setting('aldrava.identity');")
        self.assertEqual(session("SELECT text FROM messages;"), "of ana")
        session("COMMIT;")
        self.assertEqual(session("SELECT text FROM messages;"), "", "the identity outlived its transaction")
        self.assertEqual(session("SELECT current_setting('aldrava.identity') = '';"), "t")
        session(f"BEGIN; SELECT pg_current_xact_id(); SELECT set_config('aldrava.identity', '{kept}', true);")
        self.assertEqual(session("SELECT text FROM messages;"), "", "a MAC of an earlier transaction was believed")
        session("ROLLBACK;")
        session(f"SET aldrava.identity = '{kept}'; BEGIN; SELECT pg_current_xact_id();")
        self.assertEqual(session("SELECT text FROM messages;"), "")
        session("COMMIT;")
        # Two transactions in one message begin at the same time, and are still two.
        self.assertEqual(session(
            f"BEGIN\\; SELECT aldrava.enter('{self.token()}')\\; COMMIT\\; BEGIN\\; "
            f"SELECT pg_current_xact_id()\\; SELECT count(*) FROM messages\\; COMMIT;").split("\n")[-1], "0")

    def test_a_mac_is_of_one_connection(self):
        first, second = Session(self.url), Session(self.url)
        for session in (first, second):
            self.addCleanup(session.close)
            session("BEGIN;")
            session("SELECT pg_current_xact_id();")
        first(f"SELECT aldrava.enter('{self.token()}');")
        kept = first("SELECT current_setting('aldrava.identity');")
        self.assertEqual(first("SELECT text FROM messages;"), "of ana")
        second(f"SELECT set_config('aldrava.identity', '{kept}', true);")
        self.assertEqual(second("SELECT text FROM messages;"), "")

    def test_a_savepoint_takes_the_identity_back(self):
        token, other = self.token(), self.token("bruno")
        out = psql(self.url, f"""
            BEGIN; SAVEPOINT one; SELECT aldrava.enter('{token}') IS NULL; ROLLBACK TO one;
            SELECT count(*) FROM messages;
            SELECT aldrava.enter('{other}') IS NULL; SAVEPOINT two; SELECT aldrava.enter('{token}') IS NULL;
            SELECT text FROM messages; ROLLBACK TO two; SELECT text FROM messages; COMMIT;""")
        self.assertEqual([line for line in out if line not in ("t", "f")], ["0", "of ana", "of bruno"])

    def test_tokens_that_are_not_good(self):
        self.refused(self.made(exp=int(time.time()) - 1), "expired")
        self.refused(self.made(exp=None), "expired")
        self.refused(self.made(key=b"x" * 64), "not made here")
        self.refused(self.made(key=b""), "not made here")
        self.refused(self.made(realm="elsewhere"), "realm")
        self.refused(self.made(realm=None), "realm")
        good = self.made()
        head, key, claims, mac = good.split(".")
        for text in ("", "x", good + ".", good + "x", f"adt2.{key}.{claims}.{mac}", f"{head}.{key}x.{claims}.{mac}",
                     f"{head}.{key}.{claims}A.{mac}", f"{head}.{key}.{claims}.", f"{head}..{claims}.{mac}",
                     self.people["ana"]):
            self.refused(text, "database token")
        self.assertIn("28000", psql(self.url, "SELECT aldrava.enter(NULL);", expect=3))

    def test_a_refused_token_leaves_who_was_there(self):
        out = psql(self.url, f"""
            BEGIN; SELECT aldrava.enter('{self.token()}') IS NULL;
            DO $$ BEGIN PERFORM aldrava.enter('x.y.z.w'); EXCEPTION WHEN OTHERS THEN NULL; END $$;
            SELECT text FROM messages; COMMIT;""")
        self.assertEqual(out[-1], "of ana")

    def test_a_long_transaction_takes_no_token_that_is_over(self):
        session = Session(self.url)
        self.addCleanup(session.close)
        session("BEGIN;")
        token = self.made(exp=int(time.time()) + 1)
        deadline = time.monotonic() + 10
        while time.time() < int(token and json.loads(base64.urlsafe_b64decode(token.split(".")[2] + "=="))["exp"]) + 0.1:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertIn("expired", session(f"SELECT aldrava.enter('{token}');"))

    def test_nobody_reads_the_keys(self):
        for sql in ("SELECT * FROM aldrava.token_keys", "SELECT * FROM aldrava.admitted_realms",
                    "INSERT INTO aldrava.admitted_realms VALUES ('x')", "COPY aldrava.token_keys TO STDOUT",
                    "SELECT aldrava.mac('', '', 'x')", "SELECT aldrava.place(pg_current_xact_id())",
                    "SELECT aldrava.is_same('', '')", "SELECT aldrava.read_claims('')",
                    "CREATE TABLE aldrava.mine (n int)",
                    "CREATE OR REPLACE FUNCTION aldrava.user_id() RETURNS uuid LANGUAGE sql RETURN NULL",
                    "ALTER FUNCTION aldrava.user_id() OWNER TO CURRENT_USER", "DROP SCHEMA aldrava CASCADE"):
            complaint = psql(self.url, sql, expect=3)
            self.assertRegex(complaint, "42501", sql)

    def test_names_of_the_callers_own_are_not_taken(self):
        """Functions, operators, tables and types in front of PostgreSQL's own, in each place where one can be made."""
        tricks = f"""
            CREATE OR REPLACE FUNCTION public.is_forged(jsonb, text) RETURNS text LANGUAGE sql AS
                $$ SELECT '{self.ids["ana"]}'::text $$;
            DROP OPERATOR IF EXISTS public.->> (jsonb, text);
            CREATE OPERATOR public.->> (LEFTARG = jsonb, RIGHTARG = text, FUNCTION = public.is_forged);
            CREATE OR REPLACE FUNCTION public.yes(bytea, bytea) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
            DROP OPERATOR IF EXISTS public.= (bytea, bytea);
            CREATE OPERATOR public.= (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = public.yes);
            CREATE OR REPLACE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$;
            CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '-infinity'::timestamptz $$;
            CREATE OR REPLACE FUNCTION public.pg_backend_pid() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
            CREATE OR REPLACE FUNCTION public.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'a.b.c' $$;
            CREATE OR REPLACE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$;
            CREATE TEMPORARY TABLE token_keys (id text, inner_pad bytea, outer_pad bytea, good_until timestamptz);
            INSERT INTO token_keys VALUES ('k', '', '', NULL);
            CREATE TEMPORARY TABLE admitted_realms (name text);
            INSERT INTO admitted_realms VALUES ('elsewhere');
            SET search_path = pg_temp, public, pg_catalog, aldrava;
            """
        forged = self.made(key=b"x" * 64)
        claims = forged.split(".")[2]
        out = psql(self.url, tricks + f"""
            BEGIN; SELECT pg_catalog.pg_current_xact_id() IS NULL;
            SELECT pg_catalog.set_config('aldrava.identity', 'k.{claims}.', true) IS NULL;
            SELECT count(*), aldrava.user_id() IS NULL, aldrava.realm() IS NULL FROM public.messages; COMMIT;""")
        self.assertEqual(out[-1], "0|t|t")
        self.assertIn("28000", psql(self.url, tricks + f"SELECT aldrava.enter('{forged}');", expect=3))
        late = self.made(exp=int(time.time()) - 5)
        self.assertIn("28000", psql(self.url, tricks + f"SELECT aldrava.enter('{late}');", expect=3))
        out = psql(self.url, tricks + f"""
            BEGIN; SELECT aldrava.enter('{self.token("bruno")}') IS NULL; SELECT text FROM public.messages; COMMIT;""")
        self.assertEqual(out[-1], "of bruno")
        psql(self.server.database, f"DROP OWNED BY {self.app}; GRANT ALL ON public.messages TO {self.app};"
             f"GRANT CREATE ON SCHEMA public TO {self.app}")

    def test_a_parallel_query_is_of_the_same_person(self):
        out = self.entered(
            self.token(), "SET LOCAL parallel_setup_cost = 0", "SET LOCAL parallel_tuple_cost = 0",
            "SET LOCAL min_parallel_table_scan_size = 0", "SELECT count(*) FROM messages", "SELECT text FROM messages")
        self.assertEqual(out, ["1", "of ana"])

    # What operators do

    def test_rotation_overlaps_and_at_once_does_not(self):
        before = self.token()
        self.server.cli("rls", "rotate")
        after = self.token()
        self.assertNotEqual(before.split(".")[1], after.split(".")[1])
        for token in (before, after):
            self.assertEqual(self.entered(token, "SELECT text FROM messages"), ["of ana"])
        self.server.cli("rls", "rotate", "--now")
        self.refused(before, "not made here")
        self.refused(after, "not made here")
        self.assertEqual(self.entered(self.token(), "SELECT text FROM messages"), ["of ana"])
        lines = self.server.audit_settled(
            lambda lines: sum(line["did"] == "rotate_database_token_key" for line in lines) >= 2)
        self.assertGreaterEqual(sum(line["did"] == "rotate_database_token_key" for line in lines), 2)

    def test_a_realm_is_admitted_and_dismissed(self):
        self.assertIn("no realm", self.server.cli("rls", "install", "--realm", "acme", expect=1).stderr)
        self.server.cli("realm", "create", "acme")
        self.refused(self.made(realm="acme"), "realm")
        self.server.cli("rls", "install", "--realm", "acme")
        self.assertEqual(self.entered(self.made(realm="acme"), "SELECT aldrava.realm()"), ["acme"])
        self.server.cli("rls", "dismiss", "--realm", "acme")
        self.refused(self.made(realm="acme"), "realm")

    def test_installing_again_changes_nothing(self):
        token = self.token()
        self.server.cli("rls", "install")
        self.assertEqual(self.entered(token, "SELECT text FROM messages"), ["of ana"])

    def test_the_server_starts_beside_the_schema(self):
        """The role is called as the schema, which therefore comes first on its search path."""
        other = Server("postgres", ALDRAVA_DATABASE=self.server.database)
        other.environment["ALDRAVA_DATABASE"] = self.server.database
        self.addCleanup(other.remove)
        self.server.stop()
        self.server.start()
        self.assertEqual(self.server.login("ana", PASSWORD).status, 200)
        self.assertIn("is at version", self.server.cli("migrate").stdout)

    def test_what_was_given_long_ago_is_taken_away(self):
        server = Server("postgres")
        self.addCleanup(server.remove)
        server.start()
        psql(server.database, f"""
            ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {self.app};
            ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO {self.app};
            ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO {self.app};""")
        self.addCleanup(lambda: psql(server.database, f"DROP OWNED BY {self.app}"))
        server.cli("rls", "install")
        url = urllib.parse.urlsplit(self.url)._replace(path=urllib.parse.urlsplit(server.database).path).geturl()
        for sql in ("SELECT * FROM aldrava.token_keys", "SELECT aldrava.mac('', '', '')",
                    "CREATE TABLE aldrava.t (n int)"):
            self.assertIn("42501", psql(url, sql, expect=3))

    def test_a_role_that_may_not_make_schemas_is_told_what_to_do(self):
        name = "lesser_" + self.app
        parts = urllib.parse.urlsplit(self.server.database)
        database = f"lesser_{parts.path[-8:]}"
        psql(POSTGRES, f"""CREATE ROLE {name} LOGIN PASSWORD 'app';\nCREATE DATABASE {database};\n""")
        owner = parts._replace(path="/" + database).geturl()
        self.addCleanup(lambda: psql(
            POSTGRES, f"DROP DATABASE {database} WITH (FORCE);\nDROP ROLE {name};\n"))
        psql(owner, f"GRANT ALL ON SCHEMA public TO {name}; REVOKE ALL ON DATABASE {database} FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {name}")
        url = parts._replace(netloc=f"{name}:app@{parts.hostname}:{parts.port}", path="/" + database).geturl()
        server = Server("sqlite", ALDRAVA_DATABASE=url)
        self.addCleanup(server.remove)
        server.start()
        said = server.cli("rls", "install", expect=1).stderr
        self.assertIn("CREATE SCHEMA aldrava AUTHORIZATION", said)
        psql(owner, f"CREATE SCHEMA aldrava AUTHORIZATION {name}")
        server.cli("rls", "install")
        token = server.register("ana", PASSWORD).json["token"]
        token = server.call("POST", "/api/auth/database-token", token=token).json["token"]
        self.assertEqual(psql(url, f"""BEGIN; SELECT aldrava.enter('{token}') IS NULL;
            SELECT aldrava.realm(); COMMIT;""")[-1], "default")
        psql(owner, "ALTER SCHEMA aldrava OWNER TO CURRENT_USER")
        self.assertIn("belongs to the role", server.cli("rls", "rotate", expect=1).stderr)
        server.stop()

    def test_on_sqlite_it_says_so(self):
        server = Server("sqlite")
        self.addCleanup(server.remove)
        server.start()
        self.assertIn("Only PostgreSQL", server.cli("rls", "install", expect=1).stderr)
        token = server.register("ana", PASSWORD).json["token"]
        self.assertEqual(server.call("POST", "/api/auth/database-token", token=token).status, 404)

    def test_the_statements_can_be_read(self):
        text = self.server.cli("rls", "sql").stdout
        self.assertIn("SECURITY DEFINER SET search_path = pg_catalog, pg_temp", text)


class TwoRoles(unittest.TestCase):
    """The role that owns the tables migrates, and another one, which owns nothing, serves."""

    @classmethod
    def setUpClass(cls):
        if not POSTGRES:
            raise unittest.SkipTest("PostgreSQL: ALDRAVA_TEST_POSTGRES is not set")
        cls.server = Server("postgres")
        cls.addClassCleanup(cls.server.remove)
        parts = urllib.parse.urlsplit(cls.server.database)
        cls.super = cls.server.database
        suffix = parts.path[-8:]
        cls.owner_name, cls.serving_name = f"owner_{suffix}", f"serving_{suffix}"
        for name in (cls.owner_name, cls.serving_name):
            psql(cls.super, f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
            cls.addClassCleanup(lambda name=name: psql(POSTGRES, f"DROP ROLE {name}", expect=None))
            cls.addClassCleanup(lambda name=name: psql(cls.super, f"DROP OWNED BY {name} CASCADE", expect=None))
        psql(cls.super, f"GRANT ALL ON SCHEMA public TO {cls.owner_name};\n"
             f"GRANT CREATE ON DATABASE {parts.path[1:]} TO {cls.owner_name};")
        at = f"{parts.hostname}:{parts.port}"
        cls.owner = parts._replace(netloc=f"{cls.owner_name}:x@{at}").geturl()
        cls.serving = parts._replace(netloc=f"{cls.serving_name}:x@{at}").geturl()
        cls.server.environment["ALDRAVA_DATABASE"] = cls.serving

    def test_the_owner_migrates_and_the_other_serves(self):
        server, owner = self.server, {"ALDRAVA_DATABASE": self.owner}
        self.assertIn("no role", server.cli("migrate", "--grant", "nobody-at-all", environment=owner, expect=1).stderr)
        said = server.cli("migrate", "--grant", self.serving_name, environment=owner).stdout
        self.assertIn("may serve", said)
        server.start()
        server.widen()
        ana = server.register("ana", PASSWORD)
        self.assertEqual(ana.status, 201, ana)
        for _ in range(3):
            ana = server.refresh(ana.json["refresh_token"])
            self.assertEqual(ana.status, 200, ana)
        self.assertEqual(server.login("ana", PASSWORD).status, 200)
        root = server.make_admin()
        server.cli("realm", "create", "acme")
        self.assertEqual(
            server.call("POST", "/realms/acme/api/auth/register",
                        {"username": "bruno", "email": "b@example.org", "password": PASSWORD}).status, 201)
        lines = server.audit_settled(lambda lines: sum(line["did"] == "create_user" for line in lines) >= 3)
        self.assertEqual(sum(line["did"] == "create_user" for line in lines), 3)
        self.assertEqual(server.call("GET", "/api/audit/logs", token=root).status, 200)

        for sql in ("CREATE TABLE t (n int)", "ALTER TABLE users ADD COLUMN c int", "DROP TABLE users",
                    "ALTER TABLE users DISABLE ROW LEVEL SECURITY", "DROP POLICY realm ON users", "TRUNCATE users"):
            self.assertIn("42501", psql(self.serving, sql, expect=3), sql)
        for url in (self.serving, self.owner):
            for realm, names in (("acme", ["bruno"]), ("default", ["ana", "root-of-all"]), ("system", [])):
                self.assertEqual(
                    psql(url, f"SET aldrava.realm = '{realm}'; SELECT username FROM users ORDER BY 1"), names)
            self.assertEqual(psql(url, "SET aldrava.realm = '*'; SELECT count(*) FROM users"), ["3"])
            self.assertEqual(
                psql(url, "SET aldrava.realm = 'acme'; UPDATE users SET is_active = 0 WHERE realm = 'default' RETURNING 1"),
                [])

        # The owner's copy is whole, once it says that it knows of the policies.
        dump = run(["pg_dump", "--no-password", "--enable-row-security", self.owner]).decode()
        for name in ("ana", "bruno", "root-of-all"):
            self.assertIn(f"\t{name}\t", dump)

        server.cli("rls", "install", expect=1)
        server.cli("rls", "install", environment=owner)
        token = server.call("POST", "/api/auth/database-token", token=root)
        self.assertEqual(token.status, 200, token)
        self.assertEqual(
            psql(self.serving, f"""BEGIN; SELECT aldrava.enter('{token.json["token"]}') IS NULL;
                SELECT aldrava.realm(); COMMIT;""")[-1], "default")
        self.assertIn("42501", psql(self.serving, "SELECT * FROM aldrava.token_keys", expect=3))
        server.stop()

        # A newer server finds the tables of an older one.
        psql(self.super, "DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)")
        said = server.cli("serve", expect=None)
        self.assertNotEqual(said.returncode, 0)
        self.assertIn("run 'aldrava migrate' with that role first", said.stdout + said.stderr)


if __name__ == "__main__":
    unittest.main()
