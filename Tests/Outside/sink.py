"""A mail server that keeps what it gets, and misbehaves on demand.

    with Sink("starttls", user="aldrava", password="a password") as sink:
        server = Server("sqlite", **sink.environment).start()
        letter = sink.wait_for("maria@example.org", "password")
        letter.link(), letter.code(), letter.token()
"""

import asyncio
import email
import email.policy
import logging
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

logging.getLogger("mail").setLevel(logging.CRITICAL)
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
SENDER = "Aldrava <no-reply@aldrava.example>"


class Letter:
    """One message as it came over the wire."""

    def __init__(self, sender, recipients, raw):
        self.sender, self.recipients, self.raw = sender, recipients, raw
        self.message = email.message_from_bytes(raw, policy=email.policy.default.clone(utf8=True))
        self.arrived = time.monotonic()
        self.is_read = False

    @property
    def subject(self):
        return str(self.message["Subject"])

    @property
    def id(self):
        return str(self.message["Message-ID"])

    @property
    def text(self):
        return self.message.get_body(("plain",)).get_content().replace("\r\n", "\n")

    @property
    def html(self):
        return self.message.get_body(("html",)).get_content().replace("\r\n", "\n")

    def link(self):
        """The first link of the text: where there is a proof, the proof's."""
        found = re.search(r"^https?://\S+$", self.text, re.MULTILINE)
        return found and found.group(0)

    def token(self):
        return urllib.parse.parse_qs(urllib.parse.urlsplit(self.link()).query)["token"][0]

    def code(self):
        """The typed code."""
        found = re.search(r"^ *(\d{8})$", self.text, re.MULTILINE)
        return found and found.group(1)

    def __repr__(self):
        return f"<{self.subject!r} to {self.recipients}>"


class Sink:
    """A server on a port of its own, over STARTTLS ("starttls"), TLS ("tls") or neither ("plain").

    `answer(stage, address)` is asked before "mail", "rcpt", "data" (before the text is read) and "text" (after it); what
    it returns is answered instead of 250. It may sleep, to stall; "drop" closes the connection.
    """

    def __init__(self, security="plain", user=None, password=None, answer=None, host="127.0.0.1"):
        self.security, self.user, self.password, self.host = security, user, password, host
        self.answer = answer
        self.messages = []
        self.logins = []
        self.changed = threading.Condition()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aldrava-sink-"))
        self.port = None
        self.controller = None

    def start(self, port=0):
        from harness import free_port

        context = self._context() if self.security != "plain" else None
        options = {"enable_SMTPUTF8": True, "data_size_limit": 2**20}
        if self.user:
            options |= {
                "authenticator": self._authenticate, "auth_required": True,
                "auth_require_tls": self.security == "starttls",
            }
        if self.security == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        sink = self

        class Server(SMTP):
            """As it is, but for what the sink's `answer` says."""

            async def smtp_DATA(self, argument):
                reply = await sink._ask("data", "")
                if reply == "drop":
                    await self.push("354 Go on")
                    await asyncio.sleep(0.05)
                    self.transport.abort()
                elif reply:
                    await self.push(reply)
                else:
                    await super().smtp_DATA(argument)

        class Listening(Controller):
            def factory(self):
                # Over TLS from the first byte there is no STARTTLS that it could ask for before AUTH.
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    return Server(self.handler, **self.SMTP_kwargs)

        self.port = port or self.port or free_port()
        self.controller = Listening(
            self, hostname=self.host, port=self.port, ready_timeout=10,
            ssl_context=context if self.security == "tls" else None, **options)
        self.controller.start()
        return self

    def stop(self):
        if self.controller:
            self.controller.stop()
            self.controller = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    __enter__ = start

    def __exit__(self, *_):
        self.remove()

    @property
    def environment(self):
        """The settings with which a server sends its mail here."""
        scheme = "smtps" if self.security == "tls" else "smtp"
        settings = {"ALDRAVA_SMTP_URL": f"{scheme}://{self.host}:{self.port}", "ALDRAVA_MAIL_FROM": SENDER}
        if self.security == "plain":
            settings["ALDRAVA_SMTP_TLS"] = "off"
        else:
            settings["ALDRAVA_SMTP_CA_FILE"] = str(self.certificate)
        if self.user:
            secret = self.folder / "password"
            secret.touch(mode=0o600)
            secret.write_text(self.password + "\n")
            settings |= {"ALDRAVA_SMTP_USER": self.user, "ALDRAVA_SMTP_PASSWORD_FILE": str(secret)}
        return settings

    @property
    def certificate(self):
        return self.folder / "certificate.pem"

    def wait_for(self, address, subject_part="", limit=20):
        """The oldest letter to `address` that no call has returned yet, and whose subject holds `subject_part`."""
        deadline = time.monotonic() + limit
        with self.changed:
            while True:
                for letter in self.messages:
                    if not letter.is_read and address in letter.recipients and subject_part in letter.subject:
                        letter.is_read = True
                        return letter
                if not self.changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"no {subject_part!r} to {address} within {limit} s: {self.messages}")

    def wait_for_count(self, count, limit=20):
        """Every message, once there are `count`."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.messages) >= count, limit):
                raise AssertionError(f"{len(self.messages)} of {count} messages within {limit} s")
            return list(self.messages)

    def link(self, address, subject_part="", limit=20):
        return self.wait_for(address, subject_part, limit).link()

    def code(self, address, subject_part="", limit=20):
        return self.wait_for(address, subject_part, limit).code()

    # What aiosmtpd asks.

    async def handle_MAIL(self, server, session, envelope, address, options):
        reply = await self._ask("mail", address)
        if reply == "drop":
            server.transport.abort()
        if reply:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = await self._ask("rcpt", address)
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = Letter(envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content)
        letter.is_encrypted = session.ssl is not None or self.security == "tls"
        reply = await self._ask("text", ",".join(letter.recipients))
        if reply and reply != "keep and drop":
            if reply == "drop":
                server.transport.abort()
            return reply
        with self.changed:
            self.messages.append(letter)
            self.changed.notify_all()
        if reply == "keep and drop":
            server.transport.abort()
        return "250 Kept"

    async def _ask(self, stage, address):
        if not self.answer:
            return None
        reply = self.answer(stage, address)
        return await reply if asyncio.iscoroutine(reply) else reply

    def _authenticate(self, server, session, envelope, mechanism, data):
        name = data.login.decode(errors="replace")
        self.logins.append((mechanism, name))
        is_good = name == self.user and data.password.decode(errors="replace") == self.password
        return AuthResult(success=is_good, handled=is_good)

    def _context(self):
        """A certificate that nobody but the file itself vouches for."""
        key = self.folder / "key.pem"
        if not key.exists():
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=sink",
                 "-addext", f"subjectAltName=IP:{self.host},DNS:localhost", "-keyout", key, "-out", self.certificate],
                check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        return context
