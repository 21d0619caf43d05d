"""A browser without a screen that is as strict as a real one: about cookies, redirects, and what it says of its pages.

Every host is on this machine: names are not looked up. Cookies follow RFC 6265bis, Sec-Fetch-* W3C Fetch Metadata. Two
hosts are of the same site where their last two labels are the same.
"""

import html.parser
import http.client
import json
import socket
import ssl
import time
import urllib.parse

MOST_REDIRECTS = 12


class Broken(AssertionError):
    """A server did something that a browser does not go along with."""


def origin(url):
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def site(url):
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, ".".join((parts.hostname or "").split(".")[-2:])


def relation(page, url):
    """What Sec-Fetch-Site says of one URL."""
    if origin(page) == origin(url):
        return "same-origin"
    return "same-site" if site(page) == site(url) else "cross-site"


class Cookie:
    def __init__(self, line, url):
        first, *attributes = [part.strip() for part in line.split(";")]
        self.name, _, self.value = first.partition("=")
        self.attributes = {}
        for attribute in attributes:
            key, _, value = attribute.partition("=")
            self.attributes[key.lower()] = value
        self.same_site = self.attributes.get("samesite", "Lax").capitalize()
        age = self.attributes.get("max-age")
        self.expires = time.monotonic() + int(age) if age is not None else float("inf")
        path = self.attributes.get("path")
        is_bound = "secure" in self.attributes and "domain" not in self.attributes and path == "/"
        if not url.startswith("https:") or (self.name.startswith("__Host-") and not is_bound):
            raise Broken(f"{line} of {url} is refused")


class Page:
    """What came back for the last request of a chain of redirects."""

    def __init__(self, url, status, headers, raw, chain):
        self.url, self.status, self.headers, self.raw, self.chain = url, status, headers, raw, chain

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def form(self):
        """The first form that has a field for a password: where it goes, and what it holds already."""
        reader = FormReader()
        reader.feed(self.raw.decode())
        action, fields = next(form for form in reader.forms if "password" in form[1])
        return urllib.parse.urljoin(self.url, action), fields

    def __repr__(self):
        return f"{self.status} {self.url} {self.raw[:300]!r} after {self.chain}"


class FormReader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append((attributes.get("action", ""), {}))
        elif tag == "input" and self.forms and "name" in attributes:
            self.forms[-1][1][attributes["name"]] = attributes.get("value") or ""


def connected(port, source):
    plain = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0))
    # The request would wait until the end of the handshake before it was acknowledged.
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return plain


class Connection(http.client.HTTPSConnection):
    """To whatever name, on this machine."""

    def __init__(self, host, port, context, source):
        super().__init__(host, port, context=context, timeout=30)
        self.source = source

    def connect(self):
        plain = connected(self.port, self.source)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)


class Browser:
    def __init__(self, context, source="127.0.0.1", name="Browser/1"):
        self.context, self.source, self.name = context, source, name
        #: Host, without its port, and name: cookies know no ports.
        self.jar = {}
        #: Every Set-Cookie that came, with its URL.
        self.seen = []

    def cookies(self, host):
        return {name: cookie.value for (place, name), cookie in self.jar.items() if place == host}

    def type(self, url, **options):
        """An address that somebody types."""
        return self._go("GET", url, None, "navigate", **options)

    def follow(self, url, page, **options):
        """A link on a page."""
        return self._go("GET", url, page, "navigate", **options)

    def submit(self, url, fields, page, **options):
        """A form on a page; `page` is its URL."""
        body = urllib.parse.urlencode(fields).encode()
        return self._go("POST", url, page, "navigate", body, "application/x-www-form-urlencoded", **options)

    def fetch(self, url, page, method="GET", body=None, **options):
        """A script's call with credentials. Pages of other origins would see nothing of the answer."""
        return self._go(method, url, page, "cors", body, "text/plain" if body is not None else None, **options)

    def _go(self, method, url, page, mode, body=None, media=None, headers=None, until=None):
        """`until` is a part of an address: a redirect to one is not followed, and its answer is returned."""
        chain = []
        started = page
        while True:
            answer = self._ask(method, url, started, mode, body, media, headers or {}, chain)
            location = answer.headers["Location"]
            if answer.status not in (301, 302, 303, 307, 308) or location is None or (until and until in location):
                return answer
            chain.append(url)
            if len(chain) > MOST_REDIRECTS:
                raise Broken(f"redirected for ever: {chain}")
            url = urllib.parse.urljoin(url, location)
            if answer.status in (301, 302, 303) and method != "HEAD":
                method, body, media = "GET", None, None

    def _ask(self, method, url, page, mode, body, media, extra, chain):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https":
            raise Broken(f"{url} is not encrypted")
        fields = {
            "Host": parts.netloc, "User-Agent": self.name, "Sec-Fetch-Mode": mode,
            "Sec-Fetch-Dest": "document" if mode == "navigate" else "empty",
            "Accept": "text/html,*/*;q=0.8" if mode == "navigate" else "*/*"}
        # The worst of the chain: one step through another site is enough.
        order = ["same-origin", "same-site", "cross-site"]
        fields["Sec-Fetch-Site"] = "none" if page is None else max(
            (relation(page, one) for one in [*chain, url]), key=order.index)
        if page is not None and (method not in ("GET", "HEAD") or (mode == "cors" and origin(page) != origin(url))):
            is_tainted = any(origin(one) != origin(page) for one in chain) and origin(chain[-1]) != origin(url)
            fields["Origin"] = "null" if is_tainted else origin(page)
        if media:
            fields["Content-Type"] = media
        cookie = self._sent(parts.hostname, method, page, url, mode)
        if cookie:
            fields["Cookie"] = cookie
        connection = Connection(parts.hostname, parts.port or 443, self.context, self.source)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body=body, headers=fields | extra)
            response = connection.getresponse()
            raw = response.read()
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie") or []:
            self._keep(line, url, parts.hostname, page, mode)
        return Page(url, response.status, response.headers, raw, list(chain))

    def _sent(self, host, method, page, url, mode):
        is_same_site = page is None or site(page) == site(url)
        sent = []
        for (place, name), cookie in self.jar.items():
            if place != host or cookie.expires <= time.monotonic():
                continue
            is_lax = cookie.same_site == "Lax" and mode == "navigate" and method in ("GET", "HEAD")
            if is_same_site or cookie.same_site == "None" or is_lax:
                sent.append(f"{name}={cookie.value}")
        return "; ".join(sent)

    def _keep(self, line, url, host, page, mode):
        self.seen.append((url, line))
        cookie = Cookie(line, url)
        if "domain" in cookie.attributes:
            raise Broken(f"{line} of {url} is for other hosts too")
        if mode != "navigate" and page is not None and site(page) != site(url) and cookie.same_site != "None":
            return
        if cookie.expires <= time.monotonic():
            self.jar.pop((host, cookie.name), None)
        else:
            self.jar[host, cookie.name] = cookie


def raw(context, port, name, head, body=b"", source="127.0.0.1"):
    """One request as exactly these bytes; returns everything that comes back."""
    with connected(port, source) as plain:
        with context.wrap_socket(plain, server_hostname=name) as secure:
            secure.sendall(head + body)
            parts = []
            try:
                while part := secure.recv(65_536):
                    parts.append(part)
            except (ssl.SSLError, ConnectionResetError):
                pass
            return b"".join(parts)
