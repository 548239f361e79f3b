"""What stands between the portal and the provider, and can spoil what passes through it."""

import base64
import contextlib
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import requests
from joserfc import jwt

DROPPED = {"connection", "transfer-encoding", "content-length", "content-encoding", "keep-alive"}


class Tamper:
    """A proxy on a port of its own; `fault` is a function that changes an answer, None to let all pass.

    A fault is called with the path of the address, the status and the JSON; it answers with a status and
    what to send, or None for no answer at all.
    """

    def __init__(self, behind):
        self.behind, self.fault, self.asked = behind, None, []
        tamper = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                tamper.pass_on(self)

            do_POST = do_GET

            def log_message(self, *args):
                """Nothing to the console."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://localhost:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def pass_on(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        path = handler.path.partition("?")[0]
        self.asked.append((path, body.decode()))
        answer = requests.request(
            handler.command, f"http://127.0.0.1:{self.behind}{handler.path}", data=body,
            headers=dict(handler.headers), allow_redirects=False, timeout=20,
        )  # fmt: skip
        status, content = answer.status_code, answer.content
        if self.fault and "json" in answer.headers.get("content-type", ""):
            spoilt = self.fault(path, status, answer.json())
            if spoilt is None:
                handler.close_connection = True
                return
            status, content = spoilt
            content = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send(handler, answer, status, content)

    def send(self, handler, answer, status, content):
        handler.send_response(status)
        for name, value in answer.raw.headers.items():
            if name.lower() not in DROPPED:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        with contextlib.suppress(BrokenPipeError):  # the portal did not wait
            handler.wfile.write(content)


def in_id_token(key, header=None, **changes):
    """Change claims of the ID token and sign it anew; a change to None takes the claim out."""

    def fault(path, status, found):
        if "id_token" not in found:
            return status, found
        claims = claims_of(found["id_token"]) | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        head = {"alg": "RS512", "kid": key.kid} | (header or {})
        signed = jwt.encode(head, claims, key, algorithms=[head["alg"]])
        return status, found | {"id_token": signed}

    return fault


def claims_of(token):
    """The claims of a signed token, whoever signed it."""
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def at(ending, status, content):
    """Answer something else at addresses that end in a word."""

    def fault(path, real_status, found):
        return (status, content) if path.endswith(ending) else (real_status, found)

    return fault


def slowly(ending, seconds):
    """Answer late."""

    def fault(path, status, found):
        if path.endswith(ending):
            time.sleep(seconds)
        return status, found

    return fault


def hang_up(ending):
    """Close the connection without an answer."""

    def fault(path, status, found):
        return None if path.endswith(ending) else (status, found)

    return fault
