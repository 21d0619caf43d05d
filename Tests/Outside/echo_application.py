"""A WSGI application that answers with everything it was given, and with what docs/forward-auth/app.py makes of it."""

import http.server
import importlib.util
import json
import socketserver
import threading
import urllib.parse
import wsgiref.simple_server

from harness import ROOT

_described = importlib.util.spec_from_file_location("documented_application", ROOT / "docs/forward-auth/app.py")
documented = importlib.util.module_from_spec(_described)
_described.loader.exec_module(documented)


class _Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


class _Threaded(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True

    def server_bind(self):
        http.server.HTTPServer.server_bind(self)
        self.setup_environ()


class EchoApplication:
    """Python's own WSGI server, which is the least careful of them about names of header fields."""

    def __init__(self, origin, issuer, keys):
        self.aldrava = documented.Aldrava(issuer, origin, keys)
        #: The method and path of every request that reached it.
        self.reached = []
        self.server = _Threaded(("127.0.0.1", 0), _Quiet)
        self.server.set_app(self.answer)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def count(self):
        return len(self.reached)

    def answer(self, environ, start_response):
        self.reached.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        try:
            said = {"claims": self.aldrava.caller(environ)}
        except documented.Stranger as stranger:
            said = {"stranger": str(stranger)}
        length = int(environ.get("CONTENT_LENGTH") or 0)
        said |= {
            "method": environ["REQUEST_METHOD"], "path": environ["PATH_INFO"],
            "body": urllib.parse.unquote(environ["wsgi.input"].read(length).decode("latin-1")),
            "fields": {name: value for name, value in environ.items() if name.startswith("HTTP_")}}
        start_response("200 OK", [("Content-Type", "application/json"), ("X-Echo", "reached")])
        return [json.dumps(said).encode()]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
