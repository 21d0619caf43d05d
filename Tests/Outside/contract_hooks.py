"""Loaded by schemathesis: what it sends in an administrator's name may end that administrator's sessions, and everything
after that would be a stranger's. Then the next of several who were made for this signs in.

`CONTRACT_KEEPERS` is JSON: `url` of the realm, `path` whose 401 means that, `names` and `password`.
"""

import json
import os
import urllib.error
import urllib.request

import schemathesis

KEEPERS = json.loads(os.environ["CONTRACT_KEEPERS"])
state = {"token": None, "is_over": True}


def sign_in():
    for name in KEEPERS["names"]:
        body = json.dumps({"username_or_email": name, "password": KEEPERS["password"]}).encode()
        request = urllib.request.Request(
            KEEPERS["url"] + "/auth/login", body, {"Content-Type": "application/json"}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["token"]
        except urllib.error.HTTPError:
            continue  # was renamed, disabled or deleted
    raise AssertionError("no administrator is left who can sign in")


@schemathesis.auth(refresh_interval=None)
class Keeper:
    """Whoever is signed in now. Where the tool sends no credential on purpose, or another, it does not ask."""

    def get(self, case, context):
        if state["is_over"]:
            state.update(token=sign_in(), is_over=False)
        return state["token"]

    def set(self, case, token, context):
        case.headers["Authorization"] = "Bearer " + token


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code == 401 and case.operation.path.startswith(KEEPERS["path"]):
        if response.request.headers.get("Authorization") == "Bearer " + (state["token"] or ""):
            state["is_over"] = True
