"""django-allauth: a library for Django, through its headless API with JSON web tokens (``applications/django_application.py``)."""

from peers.peer import APPLICATIONS, INSTALLED, PASSWORD, USERS, Peer, Refresh, Request, packages, run

PYTHON = INSTALLED / "django-allauth/bin/python"
API = "/_allauth/app/v1"


class DjangoAllauth(Peer):
    name = "django-allauth"
    installation = "django-allauth"
    note = (
        "django-allauth runs under gunicorn with one worker of eight threads, which keeps connections; its limits on "
        "how often one may sign in are off.")
    ready = f"{API}/config"

    def version(self):
        return run([PYTHON, "-c", "import allauth; print(allauth.__version__)"]).strip()

    def _environment(self):
        return {
            "PEER_FOLDER": str(self.folder), "PYTHONPATH": str(APPLICATIONS),
            "DJANGO_SETTINGS_MODULE": "django_settings"}

    def prepare(self):
        run(["openssl", "genrsa", "-out", self.folder / "key.pem", "2048"])
        run([PYTHON, "-m", "django", "migrate", "--verbosity", "0"], env=self._environment())
        run([PYTHON, APPLICATIONS / "django_application.py", PASSWORD, *USERS], env=self._environment())

    def command(self):
        return [
            PYTHON, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--workers", "1", "--worker-class", "gthread",
            "--threads", "8", "--keep-alive", "60", "django_application:application"], self._environment()

    def fill(self):
        self.token = self._tokens(0)["access_token"]

    def _tokens(self, number):
        return self.call_json(self.login()[number % len(USERS)])["meta"]

    def me(self):
        return Request("GET", f"{API}/auth/session", headers={"Authorization": f"Bearer {self.token}"})

    def login(self, cheap=False):
        return [Request.json("POST", f"{API}/auth/login", {"username": user, "password": PASSWORD}) for user in USERS]

    def refresh(self, clients):
        return Refresh(
            Request.json("POST", f"{API}/tokens/refresh", {"refresh_token": "TOKEN"}),
            [self._tokens(number)["refresh_token"] for number in range(clients)], '"refresh_token": ?"([^"]+)"')

    def installed(self):
        return packages(PYTHON.parents[1])
