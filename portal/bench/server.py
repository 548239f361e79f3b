"""A gunicorn of the bench's own, with one worker and one thread, and how much of the processor it took."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from importlib import import_module
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.models import AuthenticatorApp
from portal.bench.patients import Held
from records.warnings import AGREED, VERSION

START_SECONDS = 30
SETTLE_SECONDS = 0.002
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


class ServerFailed(Exception):
    """The bench's server did not start or answered something else than a page."""


class Answer(NamedTuple):
    """What one page took: bytes, and milliseconds of time and of each process's work."""

    size: int
    wall: float
    web: float
    database: float

    @property
    def cpu(self) -> float:
        """The work of both processes."""
        return self.web + self.database


class Server:
    """The running server, and the two processes of it that work: Python's and PostgreSQL's."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.web = self.database = 0
        self._kept: dict[str, str] = {}

    def find_processes(self, cookie: str) -> None:
        """Learn which processes answer."""
        found = json.loads(self.fetch("/bench-floor/processes", cookie))
        self.web, self.database = found["web"], found["database"]

    def fetch(self, path: str, cookie: str) -> bytes:
        """The body of a page that must be there; what it sets is sent with what follows, as a browser does."""
        kept = self._kept.get(cookie, "")
        self.connection.request("GET", path, headers={"Cookie": f"{cookie}{kept}"})
        response = self.connection.getresponse()
        content = response.read()
        for value in response.headers.get_all("Set-Cookie", ()):
            own = value.split(";")[0]
            if not own.startswith(settings.SESSION_COOKIE_NAME):
                self._kept[cookie] = f"; {own}"
        if response.status != 200:
            raise ServerFailed(f"{path} answered {response.status}")
        return content

    def measure(self, path: str, cookie: str) -> Answer:
        """Ask for a page once."""
        began, web, database = time.perf_counter(), cpu(self.web), cpu(self.database)
        content = self.fetch(path, cookie)
        wall = time.perf_counter() - began
        time.sleep(SETTLE_SECONDS)  # what is done after the last byte counts too
        web, database = cpu(self.web) - web, cpu(self.database) - database
        return Answer(len(content), wall * 1000, web * 1000, database * 1000)


def cpu(process: int) -> float:
    """The seconds of processor that a process has taken in all its threads, exact to the microsecond."""
    return time.clock_gettime((~process << 3) | 2)  # what clock_getcpuclockid(3) computes


@contextmanager
def serving(workers: int = 1, threads: int = 1) -> Iterator[Server]:
    """Run gunicorn for the length of a block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "python:portal.gunicorn",
         "--max-requests", "0", "--keep-alive", "60", "portal.wsgi"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "PORT": str(port), "PORTAL_WORKERS": str(workers),
             "PORTAL_THREADS": str(threads)},
    )  # fmt: skip
    try:
        wait_for(port, process)
        yield Server(port)
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the server answers."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
    raise ServerFailed("the server did not start: see above")


def signed_in(held: Held) -> str:
    """The cookie of a session with both factors and the warnings agreed."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(held.user.pk)
    session[BACKEND_SESSION_KEY] = MODEL_BACKEND
    session[HASH_SESSION_KEY] = held.user.get_session_auth_hash()
    session[DEVICE_ID_SESSION_KEY] = AuthenticatorApp.objects.get(user=held.user).persistent_id
    session[AGREED] = {str(held.patient_id): VERSION}
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
