"""Sends what a peer describes with wrk, and counts the answers."""

import json
import pathlib
import tempfile

from core import wrk

#: Slow answers are answers: a peer that hashes for 100 ms keeps the last of many clients waiting for long.
PATIENCE = ["--timeout", "30s"]
HEADER = """
local function sent(request, token)
    local body = request.body:gsub("TOKEN", function() return token end)
    local head = request.head:gsub("TOKEN", function() return token end)
    return head .. "Content-Length: " .. #body .. "\\r\\n\\r\\n" .. body
end
"""
#: Each in turn, whoever asks.
ROUND_ROBIN = HEADER + """
local place = 0
request = function()
    place = place % #requests + 1
    return sent(requests[place], "")
end
"""
#: Each client has a token, and after each answer the one that stands there. wrk does not say whose turn it is, so that
#: tokens wait in a row; there is one for each connection and for the request that wrk asks for before it begins.
CHAIN = HEADER + """
local first, last = 1, #tokens
request = function()
    local token = tokens[first]
    tokens[first] = nil
    first = first + 1
    if next_token == "" then
        last = last + 1
        tokens[last] = token
    end
    return sent(requests[1], token)
end
if next_token ~= "" then
    response = function(status, headers, body)
        last = last + 1
        tokens[last] = body:match(next_token)
    end
end
"""


def rate(peer, requests, seconds, connections):
    """Answers per second to requests that do not depend on one another."""
    if len(requests) == 1 and requests[0].method == "GET":  # nothing for a script to do, which would cost the load's time
        fields = [word for name, value in requests[0].headers.items() for word in ("-H", f"{name}: {value}")]
        return wrk(peer.url + requests[0].target, seconds, *PATIENCE, *fields, connections=connections)
    return _run(peer, ROUND_ROBIN, {"requests": [_raw(peer, request) for request in requests]}, seconds, connections)


def chained_rate(peer, refresh, seconds, connections):
    """Answers per second where each client's next request needs the answer before."""
    values = {
        "requests": [_raw(peer, refresh.request)], "tokens": refresh.tokens, "next_token": refresh.next_token}
    return _run(peer, CHAIN, values, seconds, connections)


def _raw(peer, request):
    fields = {"Host": f"127.0.0.1:{peer.port}"} | request.headers
    head = f"{request.method} {request.target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items())
    return {"head": head, "body": request.body}


def _run(peer, script, values, seconds, connections):
    with tempfile.NamedTemporaryFile("w", suffix=".lua", prefix="aldrava-peer-") as file:
        file.write("".join(f"local {name} = {_lua(value)}\n" for name, value in values.items()) + script)
        file.flush()
        return wrk(peer.url, seconds, *PATIENCE, "-s", pathlib.Path(file.name), connections=connections)


def _lua(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_lua(element)}" for name, element in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(map(_lua, value)) + "}"
    # Printable ASCII and line ends: JSON's escapes of these are Lua's too, but for the solidus, which Python leaves.
    return json.dumps(value)
