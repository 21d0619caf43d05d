#!/usr/bin/env python3
"""Compares our HTTP parser with h11 and llhttp (httptools) on thousands of mutated messages.

    python3 -m venv .build/differential
    .build/differential/bin/pip install -r Tests/Differential/requirements.txt
    .build/differential/bin/python Tests/Differential/compare.py [--count 20000] [--seed 1]

Whatever we accept, both must accept, with the same method, target, fields, body and end of message. The other
direction is not asked for: we are the strictest on purpose. A difference is printed with its bytes, and the exit
code is 1. The same seed makes the same messages.

Where the others are stricter, or report in another form, the message is brought into their form first, and only so:

 1. One empty line before a request line (RFC 9112 section 2.2 lets a server skip it): h11 refuses it, so the first
    message's is taken away for h11, and later ones end the comparison with it.
 2. h11 never keeps a connection of HTTP/1.0 open; we do when it says keep-alive (RFC 9112 section 9.3). Whether
    it stays is not compared then, nor with h11 what follows.
 3. httptools stops after the head of a request that offers an upgrade, and leaves its body to the new protocol; we
    take up no offer. That body, and what follows it, is compared with h11 only.
 4. llhttp refuses bytes after a connection's last request; that is the server's part here. Nothing after such a
    request is compared, with either.
 5. Trailers are dropped by us and not compared.
 6. h11 writes the value of Transfer-Encoding in lower case; so it is compared.
"""

import argparse
import json
import pathlib
import random
import re
import struct
import subprocess
import sys

import h11
import httptools

ROOT = pathlib.Path(__file__).resolve().parents[2]


# MARK: the parsers


def build_driver(folder):
    driver = folder / "differential-driver"
    sources = sorted((ROOT / "Sources/HTTP").glob("*.swift")) + [ROOT / "Tests/Differential/Driver.swift"]
    subprocess.run(
        ["swiftc", "-O", "-parse-as-library", "-swift-version", "6", *map(str, sources), "-o", str(driver)], check=True)
    return driver


def ours(driver, messages):
    """One (end, requests) for each message."""
    stream = b"".join(struct.pack(">I", len(message)) + message for message in messages)
    run = subprocess.run([str(driver)], input=stream, stdout=subprocess.PIPE, check=True)
    lines = run.stdout.decode().splitlines()
    if len(lines) != len(messages):
        sys.exit(f"the driver answered {len(lines)} of {len(messages)} messages")
    results = []
    for line in lines:
        result = json.loads(line)
        results.append((result["end"], [
            {
                "method": bytes.fromhex(one["method"]), "target": bytes.fromhex(one["target"]),
                "version": one["version"], "keep": one["keep"], "body": bytes.fromhex(one["body"]),
                "fields": [(bytes.fromhex(name).lower(), bytes.fromhex(value)) for name, value in one["fields"]],
            } for one in result["requests"]]))
    return results


def with_h11(message, wanted):
    """Up to `wanted` requests, and the reason when there are fewer."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    connection.receive_data(message)
    requests = []
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                requests.append({
                    "method": event.method, "target": event.target, "version": f"HTTP/{event.http_version.decode()}",
                    "fields": list(event.headers), "body": b"", "complete": False,
                })
            elif isinstance(event, h11.Data):
                requests[-1]["body"] += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                connection.send(h11.Response(status_code=204, headers=[]))
                connection.send(h11.EndOfMessage())
                requests[-1]["complete"] = True
                requests[-1]["keep"] = connection.our_state is not h11.MUST_CLOSE
                if len(requests) == wanted or not requests[-1]["keep"]:
                    return requests, "closed"
                connection.start_next_cycle()
            else:
                return [one for one in requests if one["complete"]], f"h11 stopped at {event}"
    except h11.RemoteProtocolError as error:
        return [one for one in requests if one["complete"]], f"h11: {error}"


class Collector:
    def __init__(self):
        self.requests = []
        self.parser = None

    def on_message_begin(self):
        self.requests.append({"target": b"", "fields": [], "body": b"", "complete": False})

    def on_url(self, url):
        self.requests[-1]["target"] += url

    def on_header(self, name, value):
        # Trailers come through the same callback, after the head is complete.
        if "method" not in self.requests[-1]:
            self.requests[-1]["fields"].append((name.lower(), value))

    def on_headers_complete(self):
        self.requests[-1]["method"] = self.parser.get_method()
        self.requests[-1]["version"] = f"HTTP/{self.parser.get_http_version()}"

    def on_body(self, body):
        self.requests[-1]["body"] += body

    def on_message_complete(self):
        self.requests[-1]["complete"] = True
        self.requests[-1]["keep"] = self.parser.should_keep_alive()


def with_httptools(message):
    collector = Collector()
    reason = "httptools: not complete"
    collector.parser = httptools.HttpRequestParser(collector)
    try:
        collector.parser.feed_data(message)
    except httptools.HttpParserUpgrade:
        reason = UPGRADE
    except httptools.HttpParserError as error:
        reason = f"httptools: {type(error).__name__} {error}"
    return [one for one in collector.requests if one["complete"]], reason


# MARK: the comparison

UPGRADE = "httptools: upgrade offered"
EMPTY_LINE = "h11: no request line received"


def h11_view(message, mine):
    """Our requests and h11's, as far as they can be compared, and why h11's end (exceptions 1 and 2)."""
    theirs, reason = with_h11(message.removeprefix(b"\r\n"), len(mine))
    for index, one in enumerate(mine):
        if one["version"] == "HTTP/1.0" and index < len(theirs):
            theirs[index]["keep"] = one["keep"]
            return mine[:index + 1], theirs, reason
    if reason == EMPTY_LINE:
        mine = mine[:len(theirs)]
    return mine, theirs, reason


def lowered_encoding(fields):
    return [(name, value.lower() if name == b"transfer-encoding" else value) for name, value in fields]


def differences(mine, theirs, reason, name):
    if len(theirs) < len(mine):
        return [f"{name} has {len(theirs)} requests, we have {len(mine)}: {reason}"]
    found = []
    for index, (left, right) in enumerate(zip(mine, theirs)):
        for key in ("method", "target", "version", "fields", "body", "keep"):
            if key == "fields":
                left[key], right[key] = lowered_encoding(left[key]), lowered_encoding(right[key])
            if left[key] != right[key]:
                found.append(f"{name}, request {index}, {key}: we say {left[key]!r}, they say {right[key]!r}")
    return found


def compare(message, result):
    _, mine = result
    for index, one in enumerate(mine):
        if not one["keep"]:
            mine = mine[:index + 1]
            break
    if not mine:
        return []
    found = differences(*h11_view(message, mine), "h11")
    theirs, reason = with_httptools(message)
    if reason == UPGRADE and 0 < len(theirs) <= len(mine):
        mine = mine[:len(theirs)]
        theirs[-1]["body"] = mine[-1]["body"]
    for one in theirs:
        one["fields"] = [(name, value.rstrip(b" \t")) for name, value in one["fields"]]
    return found + differences(mine, theirs, reason, "httptools")


# MARK: the messages

METHODS = [b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"get", b"PRI"]
TARGETS = [b"/", b"/a/b?c=d", b"*", b"http://a/", b"http://a:80/x?y", b"a:443", b"//a", b"/%41", b"/%zz", b"/a#b",
           b"/\xc3\xa9", b"https://a?x", b"/?[{|}]", b"/ b", b"", b"/;a=b,c"]
VERSIONS = [b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"HTTP/0.9", b""]
HOSTS = [b"a", b"a:80", b"A", b"[::1]", b"a b", b"", b"a,b", b"127.0.0.1:8005"]
NAMES = [b"X", b"Accept", b"X-Y_z.1~", b"Content-Length", b"Transfer-Encoding", b"Connection", b"Host", b"Expect",
         b"Upgrade", b"X ", b" X", b"X\t", b"", b"X\x00", b"Content_Length", b"Te", b"Trailer", b"Content-Encoding"]
VALUES = [b"a", b"", b"\t a \t", b"chunked\t", b"\tchunked", b"chunked ", b"3\t", b"\t3", b"3 ", b"chunked", b"Chunked", b"chunked, chunked", b"gzip, chunked", b"identity", b"0", b"3",
          b"03", b"+3", b"3, 3", b"-1", b"0x3", b"close", b"keep-alive", b"Keep-Alive, x", b"upgrade", b"websocket",
          b"100-continue", b"\xff\xfe", b"a\x00b", b"a\rb", b"a\nb", b"a\r\n b", b"\x0bchunked", b"99999999999999999999",
          b"a,b;c=\"d\""]
ENDS = [b"\r\n"] * 40 + [b"\n", b"\r", b"\r\r\n", b" \r\n", b"\n\r\n", b"\r\n\r\n"]
SPACES = [b" "] * 30 + [b"  ", b"\t", b"", b"\x0b"]
COLONS = [b": "] * 12 + [b":", b":\t", b" : ", b" :", b"", b"::"]


def chunked(rng, body):
    out = b""
    while body:
        size = rng.randint(1, len(body))
        digits = rng.choice([b"%x", b"%X", b"%04x", b"%016x", b"%017x", b" %x", b"%x ", b"0x%x", b"+%x", b"%x", b"%x"])
        extension = rng.choice([b""] * 6 + [b";a", b";a=b", b";a=\"b;c\"", b"; a", b";", b";a=\"\r\"", b";a=\"\n\"", b" ;a"])
        out += digits % size + extension + rng.choice(ENDS)
        out += body[:size] + rng.choice([b"\r\n"] * 20 + [b"\n", b"", b"\r", b"xx"])
        body = body[size:]
    out += rng.choice([b"0", b"0", b"0", b"00000", b"0;a", b"-0", b""]) + rng.choice(ENDS)
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        out += rng.choice(NAMES) + rng.choice(COLONS) + rng.choice(VALUES) + rng.choice(ENDS)
    return out + rng.choice(ENDS)


def request(rng, wild):
    """One request. `wild` is the share of parts taken from the tables of odd ones."""
    def pick(usual, table):
        return rng.choice(table) if rng.random() < wild else usual

    end = lambda: pick(b"\r\n", ENDS)
    target = pick(rng.choice([b"/", b"/a/b?c=d", b"/%41;x?[y]=%20"]), TARGETS)
    out = pick(rng.choice(METHODS[:7]), METHODS) + pick(b" ", SPACES) + target + pick(b" ", SPACES)
    out += pick(b"HTTP/1.1", VERSIONS) + end()
    fields = [pick(b"Host", [b"Host", b"host", b"HOST", b"X"]) + pick(b": ", COLONS) + pick(b"a", HOSTS)]
    for _ in range(rng.choice([0, 0, 1, 2, 4])):
        fields.append(pick(b"X", NAMES) + pick(b": ", COLONS) + pick(b"y", VALUES))
    body = bytes(rng.choice(b"ab\r\n0GET /") for _ in range(rng.choice([0, 0, 1, 3, 20, 300])))
    framing = rng.choice(["none", "length", "chunked"])
    if framing == "length":
        length = b"%d" % len(body)
        fields.append(pick(b"Content-Length", NAMES) + pick(b": ", COLONS) + pick(length, [length, length, b"00" + length] + VALUES))
    elif framing == "chunked":
        fields.append(pick(b"Transfer-Encoding", NAMES) + pick(b": ", COLONS) + pick(b"chunked", VALUES))
        body = chunked(rng if rng.random() < wild * 3 else Tame(rng), body)
    else:
        body = b""
    if rng.random() < wild:
        fields.append(rng.choice([b"Content-Length: ", b"Transfer-Encoding: "]) + rng.choice([b"chunked", b"%d" % len(body)]))
    if rng.random() < 0.1:
        fields.append(b"Connection: " + rng.choice([b"close", b"keep-alive", b"x, close", b"Keep-Alive", b"closed"]))
    if rng.random() < 0.05:
        fields.append(b"Expect: " + rng.choice([b"100-continue", b"100-Continue", b"x"]))
    rng.shuffle(fields)
    return out + b"".join(field + end() for field in fields) + end() + body


class Tame:
    """Chooses the first, ordinary entry of every table."""

    def __init__(self, rng):
        self.rng = rng

    def choice(self, table):
        return table[0]

    def randint(self, low, high):
        return self.rng.randint(low, high)


def mutate(rng, message):
    message = bytearray(message)
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 5])):
        at = rng.randint(0, len(message))
        kind = rng.randint(0, 4)
        if kind == 0:
            message[at:at] = rng.choice([b"\r", b"\n", b"\r\n", b" ", b"\t", b"\x00", b":", b";", b",", b"0", b"\x7f", b"\x80"])
        elif kind == 1:
            del message[at:at + rng.randint(1, 3)]
        elif kind == 2 and at < len(message):
            message[at] = rng.randint(0, 255)
        elif kind == 3 and at < len(message):
            message[at] ^= 1 << rng.randint(0, 7)
        else:
            start = rng.randint(0, len(message))
            message[at:at] = message[start:start + rng.randint(1, 20)]
    return bytes(message)


def messages(seed, count):
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        wild = rng.choice([0.0, 0.02, 0.1, 0.3])
        parts = [request(rng, wild) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
        prefix = b"\r\n" if rng.random() < 0.03 else b""
        made.append(mutate(rng, prefix + b"".join(parts)))
    return made


def main():
    arguments = argparse.ArgumentParser(description="Compare our HTTP parser with h11 and httptools.")
    arguments.add_argument("--count", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    folder = ROOT / ".build"
    folder.mkdir(exist_ok=True)
    sent = messages(options.seed, options.count)
    sent += [path.read_bytes()[1:] for path in sorted((ROOT / "Tests/Fuzz/corpus/http").iterdir())]
    passed = failed = accepted = 0
    for message, result in zip(sent, ours(build_driver(folder), sent)):
        accepted += len(result[1])
        found = compare(message, result)
        if not found:
            passed += 1
            continue
        failed += 1
        if failed <= 20:
            print(f"\n{message!r}")
            for line in found:
                print(f"  {line}")
    print(f"{accepted} requests accepted in {len(sent)} messages (seed {options.seed})")
    print(f"{passed} passed, {failed} failed")
    # A run that accepts next to nothing proves nothing.
    sys.exit(1 if failed or accepted < len(sent) // 4 else 0)


if __name__ == "__main__":
    main()
