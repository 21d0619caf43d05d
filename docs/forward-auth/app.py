"""A WSGI application behind a proxy that asks Aldrava, and how it finds out who a request comes from.

It does not believe the X-Auth-* fields: those are the proxy's word, and whoever reaches the application past the proxy
could write them. It believes X-Auth-Assertion, which Aldrava signs for this application, host and method, for a minute.

    pip install 'PyJWT[crypto]'
    ALDRAVA_ISSUER=https://id.example.com APPLICATION_ORIGIN=https://app.example.net python3 app.py
"""

import json
import os
import urllib.parse

import jwt

#: The signature algorithms of Aldrava's keys that can be checked from outside.
ALGORITHMS = ["ES256", "EdDSA", "RS256"]


class Stranger(Exception):
    """The request does not show that Aldrava let it through."""


class Aldrava:
    """Checks assertions of one realm for one application. Keys are fetched once, and again when a new one appears."""

    def __init__(self, issuer, origin, keys=None):
        """`keys` is where the realm's JWKS is, if not below the issuer: on the loopback interface, for example."""
        self.issuer, self.origin = issuer, origin
        self.host = urllib.parse.urlsplit(origin).netloc
        # Aldrava answers for its own names only, whatever address it is reached at.
        self.keys = jwt.PyJWKClient(
            keys or f"{issuer}/.well-known/jwks.json", headers={"Host": urllib.parse.urlsplit(issuer).netloc}, timeout=5)

    def caller(self, environ):
        """The assertion's claims: `sub` is who it is, `roles` and `permissions` what they may do, `sid` the session."""
        token = environ.get("HTTP_X_AUTH_ASSERTION", "")
        try:
            # An access token of the same realm has the same signature: it is told apart by its type.
            if jwt.get_unverified_header(token).get("typ") != "aldrava-assertion+jwt":
                raise Stranger("this is no assertion")
            claims = jwt.decode(
                token, self.keys.get_signing_key_from_jwt(token).key, algorithms=ALGORITHMS, issuer=self.issuer,
                audience=self.origin, leeway=5, options={"require": ["iss", "aud", "sub", "iat", "exp"]})
        except jwt.PyJWTError as fault:
            raise Stranger(str(fault)) from fault
        if claims.get("host") != self.host:
            raise Stranger("the assertion is for another host")
        # Aldrava judged a request of this method: one for GET does not let a POST through.
        if claims.get("htm") != environ["REQUEST_METHOD"]:
            raise Stranger("the assertion is for another method")
        return claims


def application(aldrava):
    """The smallest application there is: it says who you are."""

    def answer(environ, start_response):
        try:
            claims = aldrava.caller(environ)
        except Stranger as stranger:
            start_response("401 Unauthorized", [("Content-Type", "application/json")])
            return [json.dumps({"error": str(stranger)}).encode()]
        start_response("200 OK", [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        return [json.dumps({"user": claims["sub"], "roles": claims["roles"]}).encode()]

    return answer


if __name__ == "__main__":
    from wsgiref.simple_server import make_server

    aldrava = Aldrava(os.environ["ALDRAVA_ISSUER"], os.environ["APPLICATION_ORIGIN"], os.environ.get("ALDRAVA_KEYS"))
    # Only the proxy on this machine reaches it.
    make_server("127.0.0.1", 8000, application(aldrava)).serve_forever()
