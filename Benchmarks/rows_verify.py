"""The question that a proxy asks before every request for an application."""

from rows_http import PASSWORD, Constant, Nginx

VERIFY = "/api/auth/verify"


class Verify(Constant):
    name = "verify"
    what = "`GET /api/auth/verify`, session cookie, warm"
    yardsticks = {"nginx": 0.9, "nginx with the same fields": None}
    path = VERIFY
    environment = Constant.environment | {"ALDRAVA_INSECURE_COOKIES": "yes", "ALDRAVA_TRUSTED_PROXIES": "127.0.0.1"}
    note = "asked as nginx asks, answered with all twelve fields, the signed one among them"

    def prepare(self):
        """What the documented configuration of nginx sends, with what a browser adds."""
        self.server.register("ana", PASSWORD)
        body = {"username_or_email": "ana", "password": PASSWORD, "transport": "cookie"}
        answer = self.server.call("POST", "/api/auth/login", body, headers={"Origin": self.server.url})
        cookies = [line.split(";")[0] for line in answer.headers.get_all("Set-Cookie")]
        return {
            "Cookie": "; ".join(cookies), "X-Original-Method": "GET", "X-Original-URI": "/reports?year=2026",
            "X-Original-Host": self.server.url.removeprefix("http://"), "X-Forwarded-Proto": "http",
            "X-Forwarded-For": "127.0.0.9", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin",
            "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "Accept-Language": "en",
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"}

    def start_others(self, body):
        answer = self.server.call("GET", self.path, headers=self.headers)
        told = {name: value for name, value in answer.headers.items() if name.lower().startswith("x-auth-")}
        assert answer.status == 200 and len(told) == 12 and told["X-Auth-Assertion"], answer
        fields = "".join(f'add_header {name} "{value}";' for name, value in told.items())
        return {"nginx": Nginx(body), "nginx with the same fields": Nginx(body, fields)}


ROWS = [Verify]
