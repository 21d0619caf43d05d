"""Mail, from a command or a flow to a real mail server: encrypted, refused, put off, stalled, dropped and killed."""

import asyncio
import email
import email.policy
import json
import subprocess
import time
import unittest

from harness import BINARY, POSTGRES, Server, on_both_databases
from sink import Sink


class MailTest(unittest.TestCase):
    backend = None

    def setUp(self):
        if self.backend == "postgres" and not POSTGRES:
            raise unittest.SkipTest("PostgreSQL: ALDRAVA_TEST_POSTGRES is not set")

    def serve(self, sink=None, **environment):
        settings = (sink.environment if sink else {}) | environment
        server = Server(self.backend, **settings)
        self.addCleanup(server.remove)
        return server.start()

    def sink(self, *arguments, **options):
        sink = Sink(*arguments, **options).start()
        self.addCleanup(sink.remove)
        return sink

    def listed(self, server, *options):
        return json.loads(server.cli("mail", "list", "--json", *options).stdout)["result"]["mail"]

    def write(self, server, address, expect=None):
        """A letter that says nothing, without waiting for longer than its first try."""
        return server.cli("mail", "test", address, "--json", expect=expect)

    def reported(self, server, word=None):
        """The system log, once `word` stands in it."""
        deadline = time.monotonic() + 10
        while True:
            text = (server.data / "logline.system.jsonl").read_text()
            if word is None or word in text or time.monotonic() > deadline:
                return text
            time.sleep(0.05)


class Sending(MailTest):
    def test_over_starttls_with_a_password(self):
        self._arrives("starttls", user="aldrava", password="a pass word")

    def test_over_tls_with_a_password(self):
        self._arrives("tls", user="aldrava", password="a pass word")

    def test_without_tls_on_this_machine(self):
        self._arrives("plain")

    def _arrives(self, security, **options):
        sink = self.sink(security, **options)
        server = self.serve(sink)
        self.write(server, "maria@example.org", expect=0)
        letter = sink.wait_for("maria@example.org", "test from")
        self.assertEqual(letter.is_encrypted, security != "plain")
        self.assertEqual([name for _, name in sink.logins], ["aldrava"] if options else [])
        self.assertEqual(letter.sender, "no-reply@aldrava.example")
        self._is_well_formed(letter)
        rows = self.listed(server)
        self.assertEqual([(row["state"], row["kind"], row["to"]) for row in rows], [("sent", "test", "")])
        self.assertIn(rows[0]["id"], letter.id)
        for place in (server.database_dump(), self.reported(server).encode(), server.printed().encode()):
            self.assertNotIn(b"maria@example.org", place)

    def _is_well_formed(self, letter):
        self.assertNotIn(b"\n", letter.raw.replace(b"\r\n", b""))
        self.assertLessEqual(max(len(line) for line in letter.raw.split(b"\r\n")), 78)
        message = letter.message
        self.assertEqual(message.defects, [])
        for part in message.walk():
            self.assertEqual(part.defects, [], part)
        for name, value in message.items():
            self.assertEqual(list(getattr(value, "defects", [])), [], name)
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertEqual(message["From"].addresses[0].display_name, "Aldrava")
        self.assertEqual(message.get_content_type(), "multipart/alternative")
        self.assertEqual(
            [part.get_content_type() for part in message.iter_parts()], ["text/plain", "text/html"])
        self.assertLess(abs(message["Date"].datetime.timestamp() - time.time()), 120)

    def test_both_languages_and_domains_of_other_scripts(self):
        sink = self.sink("plain")
        server = self.serve(sink, ALDRAVA_MAIL_FROM="Lojinha — Ação <oi@münchen.example>")
        server.cli("mail", "test", "joão@bücher.example", "--language", "pt-BR", expect=None)
        server.cli("mail", "test", "ana@bücher.example", "--language", "pt-BR")
        letter = sink.wait_for("ana@xn--bcher-kva.example", "Um teste de")
        self.assertIn("Esta mensagem foi enviada", letter.text)
        self.assertIn('lang="pt-BR"', letter.html)
        self.assertEqual(letter.sender, "oi@xn--mnchen-3ya.example")
        sender = letter.message["From"].addresses[0]
        self.assertEqual((sender.display_name, sender.addr_spec), ("Lojinha — Ação", "oi@xn--mnchen-3ya.example"))
        named = sink.wait_for("joão@xn--bcher-kva.example", "Um teste de")
        self.assertIn("\r\nTo: joão@xn--bcher-kva.example\r\n".encode(), named.raw)

    def test_what_could_begin_a_header_is_refused(self):
        sink = self.sink("plain")
        server = self.serve(sink)
        for address in ("a@b.example\r\nBcc: eve@evil.example", "a@b.example, c@d.example", "Eve <a@b.example>"):
            self.assertEqual(self.write(server, address).returncode, 1)
        set_to = server.cli("realm", "set", "default", "mail.product_name=A\r\nBcc: eve@evil.example", expect=None)
        self.assertEqual(set_to.returncode, 1)
        self.assertEqual(sink.messages, [])

    def test_a_realm_s_own_words(self):
        sink = self.sink("plain")
        server = self.serve(sink)
        server.cli(
            "realm", "set", "default", "mail.product_name=<b>Ledger</b>", "mail_from=Ledger <hi@ledger.example>",
            'mail.letters={"test":{"en":{"subject":"Is {product} there?","intro":"<script>x</script>"}}}',
            'mail.greeting={"en":"Dear reader,"}', "mail.support_url=https://help.example/?a=1&b=2")
        self.write(server, "maria@example.org", expect=0)
        letter = sink.wait_for("maria@example.org")
        self.assertEqual(letter.subject, "Is <b>Ledger</b> there?")
        self.assertEqual(letter.sender, "hi@ledger.example")
        self.assertTrue(letter.text.startswith("Dear reader,\n\n<script>x</script>\n"))
        self.assertIn("https://help.example/?a=1&b=2", letter.text)
        self.assertNotIn("<script", letter.html)
        self.assertNotIn("<b>", letter.html)
        self.assertIn('href="https://help.example/?a=1&amp;b=2"', letter.html)


class Trouble(MailTest):
    def test_a_certificate_that_nobody_vouches_for(self):
        for security in ("starttls", "tls"):
            sink = self.sink(security, user="aldrava", password="secret word")
            environment = {k: v for k, v in sink.environment.items() if k != "ALDRAVA_SMTP_CA_FILE"}
            server = self.serve(**environment)
            done = self.write(server, "maria@example.org")
            self.assertEqual(done.returncode, 1)
            self.assertIn("certificate_not_trusted", done.stdout)
            self.assertEqual((sink.messages, sink.logins), ([], []))
            server.stop()

    def test_a_server_that_takes_starttls_away(self):
        sink = self.sink("plain")
        server = self.serve(
            ALDRAVA_SMTP_URL=f"smtp://127.0.0.1:{sink.port}", ALDRAVA_MAIL_FROM="a@b.example")
        done = self.write(server, "maria@example.org")
        self.assertIn("no_starttls", done.stdout)
        self.assertEqual(sink.messages, [])

    def test_a_wrong_password_is_for_the_operator_to_mend(self):
        sink = self.sink("starttls", user="aldrava", password="right")
        environment = sink.environment
        (sink.folder / "password").write_text("wrong\n")
        server = self.serve(**environment)
        done = self.write(server, "maria@example.org")
        self.assertIn("login_denied", done.stdout)
        self.assertEqual([row["state"] for row in self.listed(server)], ["waiting"])
        doctor = server.cli("doctor", expect=None).stdout
        self.assertRegex(doctor, r"wrong mail_server: .*login_denied")
        self.assertNotIn("wrong\n", self.reported(server))

    def test_a_refusal_for_now_and_one_for_good(self):
        answers = {"later@example.org": "451 4.7.1 Try again", "never@example.org": "550 5.1.1 maria@example.org who?"}
        sink = self.sink("plain", answer=lambda stage, address: answers.get(address) if stage == "rcpt" else None)
        server = self.serve(sink)
        self.assertIn("answer_451", self.write(server, "later@example.org").stdout)
        self.assertIn("answer_550", self.write(server, "never@example.org").stdout)
        rows = {row["state"]: row for row in self.listed(server)}
        self.assertEqual(set(rows), {"waiting", "dead"})
        self.assertEqual(rows["dead"]["to"], "n…@e….org")
        self.assertEqual([row["state"] for row in self.listed(server, "--dead")], ["dead"])
        metrics = server.call("GET", "/metrics").raw.decode()
        self.assertIn('aldrava_mail_letters{state="dead"} 1', metrics)
        self.assertIn('aldrava_mail_letters{state="waiting"} 1', metrics)
        self.assertIn('aldrava_mail_tries_total{outcome="dead"} 1', metrics)
        self.assertNotIn("maria@", self.reported(server))
        answers.clear()
        server.cli("mail", "retry", rows["waiting"]["id"])
        sink.wait_for("later@example.org")
        server.cli("mail", "retry-dead")
        letter = sink.wait_for("never@example.org")
        self.assertIn(rows["dead"]["id"], letter.id)

    def test_a_refusal_of_the_text(self):
        sink = self.sink("plain", answer=lambda stage, _: "554 5.7.1 Spam" if stage == "text" else None)
        server = self.serve(sink)
        self.assertIn("answer_554", self.write(server, "maria@example.org").stdout)
        self.assertEqual([row["state"] for row in self.listed(server)], ["dead"])

    def test_a_server_that_drops_in_the_middle(self):
        for stage in ("mail", "data", "text"):
            drops = [True]
            sink = self.sink("plain", answer=lambda at, _: "drop" if at == stage and drops else None)
            server = self.serve(sink)
            done = self.write(server, "maria@example.org")
            self.assertEqual(done.returncode, 1, done)
            row, = self.listed(server)
            self.assertEqual(row["state"], "waiting", (stage, row))
            drops.clear()
            time.sleep(5.5)  # where any letter would fail, the next is tried after five seconds
            server.cli("mail", "retry", row["id"])
            self.assertIn(row["id"], sink.wait_for("maria@example.org").id)
            server.stop()

    def test_a_server_that_stalls_holds_up_neither_requests_nor_the_end(self):
        sink = self.sink("plain", answer=lambda stage, _: asyncio.sleep(60) if stage == "rcpt" else None)
        server = self.serve(sink, ALDRAVA_SMTP_TIMEOUT="5")
        begin = time.monotonic()
        done = self.write(server, "maria@example.org")
        self.assertIn("timed_out", done.stdout)
        self.assertLess(time.monotonic() - begin, 15)
        time.sleep(5.5)
        row, = self.listed(server)
        server.cli("mail", "retry", row["id"])
        time.sleep(0.5)
        begin = time.monotonic()
        for _ in range(20):
            self.assertEqual(server.call("GET", "/health").status, 200)
        self.assertLess(time.monotonic() - begin, 5)
        begin = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - begin, 4)
        server.start()
        row, = self.listed(server)
        self.assertEqual((row["state"], row["last_error"]), ("waiting", "stopped"))

    def test_nobody_listens(self):
        sink = Sink("plain")
        self.addCleanup(sink.remove)
        sink.start()
        environment = sink.environment
        sink.stop()
        server = self.serve(**environment)
        self.assertIn("no_connection", self.write(server, "maria@example.org").stdout)
        row, = self.listed(server)
        sink.start()
        time.sleep(5.5)
        server.cli("mail", "retry", row["id"])
        self.assertIn(row["id"], sink.wait_for("maria@example.org").id)


class Killed(MailTest):
    """On SQLite alone: on PostgreSQL another server might have the letter, so that its lease of minutes has to end."""

    backend = "sqlite"

    def test_a_kill_between_the_server_s_answer_and_our_commit(self):
        """The mail server has the letter, and nobody here knows: it goes again, under the same Message-ID."""
        killed = []

        def answer(stage, _):
            if stage == "text" and not killed:
                killed.append(True)
                server.kill()
                return None
            return None

        sink = self.sink("plain", answer=answer)
        server = self.serve(sink)
        process = subprocess.Popen(
            [BINARY, "mail", "test", "maria@example.org"], env=server.environment, cwd=server.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        first = sink.wait_for_count(1)[0]
        process.wait(timeout=60)
        self.assertEqual(killed, [True])
        server.start()
        second = sink.wait_for_count(2)[1]
        self.assertEqual(first.id, second.id)
        deadline = time.monotonic() + 10
        while self.listed(server)[0]["state"] != "sent" and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual([(row["state"], row["tries"]) for row in self.listed(server)], [("sent", 2)])


class Folder(MailTest):
    def test_without_a_mail_server_letters_land_in_a_folder(self):
        server = self.serve()
        self.assertIn("mail_into_folder", self.reported(server, "mail_into_folder"))
        self.write(server, "maria@example.org", expect=0)
        file, = (server.data / "mail").iterdir()
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual((server.data / "mail").stat().st_mode & 0o777, 0o700)
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        self.assertEqual(message.defects, [])
        self.assertEqual(str(message["To"]), "maria@example.org")
        self.assertIn(file.stem, str(message["Message-ID"]))
        log = self.reported(server, "mail_written")
        self.assertIn("mail_written", log)
        self.assertNotIn("maria", log)

    def test_a_command_without_a_server_delivers_too(self):
        server = self.serve()
        server.stop()
        self.write(server, "maria@example.org", expect=0)
        self.assertEqual(len(list((server.data / "mail").iterdir())), 1)

    def test_a_server_that_starts_sends_what_waited(self):
        sink = self.sink("plain", answer=lambda stage, _: "451 later" if stage == "rcpt" else None)
        server = self.serve(sink)
        self.write(server, "maria@example.org")
        row, = self.listed(server)
        server.stop()
        sink.answer = None
        server.cli("mail", "retry", row["id"])
        server.start()
        self.assertIn(row["id"], sink.wait_for("maria@example.org").id)


on_both_databases(globals(), Sending, Trouble, Folder)
del MailTest

if __name__ == "__main__":
    unittest.main()
