"""`python -m portal.bench.outage`: many signed-in viewers while the database is restarted under them.

Each looks at pages of their own record only, and reads of each answer whether it is theirs. While the database is away the
portal may answer 503 with the page that says so, and nothing else (R6.2): no empty record, no sign-in page, nobody
else's name. Runs by itself, with a database of its own: `bin/outage`.
"""

import json
import os
import random
import re
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from threading import Event, Lock, Thread
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.bench.settings"
os.environ["BENCH_SIZES"] = "0"  # a database of its own, which the server is told of too
django.setup()

# the settings come first
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from psycopg import sql  # noqa: E402

from portal import databases, embedded_database  # noqa: E402
from portal.bench.server import serving  # noqa: E402
from portal.bench.viewers import Viewer, make_viewers  # noqa: E402
from portal.database_roles import maintenance_connection  # noqa: E402

OWNER = re.compile(r"(?:Viewer|Marker)([a-z]{4})\b", re.I)
ENTRY = re.compile(r'href="(/records/[0-9a-f-]+/entries/[0-9a-f-]+)"')
SAYS_SO = "says nothing about what is in your record"
LONGEST_RECOVERY = 10.0
BACK_AFTER = 3.0


class Tally:
    """What all viewers got, and when each was first answered rightly after the database was back."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.back_at: float | None = None
        self.first_right: dict[str, float] = {}
        self._lock = Lock()

    def note(self, viewer: Viewer, path: str, found: str) -> None:
        """Count one answer."""
        with self._lock:
            self.counts[found if found in {"right", "away", "broken off"} else "wrong"] += 1
            if found == "right" and self.back_at is not None:
                self.first_right.setdefault(viewer.code, time.monotonic() - self.back_at)
            elif found not in {"right", "away", "broken off"}:
                self.wrong.append(f"{viewer.code} {path}: {found}")

    def as_json(self, viewers: int, away: float) -> dict[str, Any]:
        """The figures of a run; `recovery` in seconds, of the last viewer who got a right answer again."""
        times = sorted(self.first_right.values())
        return {
            "viewers": viewers, **dict(self.counts), "wrong_answers": self.wrong[:20],
            "away_seconds": round(away, 2), "recovered": len(times),
            "recovery": round(times[-1], 2) if times else None,
            "recovery_median": round(times[len(times) // 2], 2) if times else None,
        }  # fmt: skip


def judged(viewer: Viewer, status: int, body: str) -> str:
    """`right`, `away` for the honest page of an outage, or what is wrong with an answer."""
    owners = {code.lower() for code in OWNER.findall(body)}
    if owners - {viewer.code}:
        return f"names {owners - {viewer.code}}"
    if status == 503:
        return "away" if SAYS_SO in body and not owners else "503 without its words"
    return "right" if status == 200 and owners else f"{status} without the own name"


def look(viewer: Viewer, port: int, tally: Tally, is_over: Event) -> None:
    """Read one's own pages again and again, as a person does: a page every one to three seconds."""
    paths, connection = list(viewer.pages), HTTPConnection("127.0.0.1", port, timeout=60)
    while not is_over.wait(random.uniform(1, 3)):  # noqa: S311 - people's pauses
        path = random.choice(paths)  # noqa: S311
        try:
            connection.request("GET", path, headers={"Cookie": viewer.cookie})
            answer = connection.getresponse()
            body = answer.read().decode()
            found = judged(viewer, answer.status, body)
        except (OSError, HTTPException):
            connection.close()
            found, body = "broken off", ""
        tally.note(viewer, path, found)
        paths += [link for link in ENTRY.findall(body) if link not in paths]


def restart(tally: Tally) -> float:
    """Stop the database, leave it away for a while and start it again; how long that was, in seconds."""
    folder, began = databases.embedded_folder(settings.BASE_DIR), time.monotonic()
    connections.close_all()
    embedded_database.stop(folder)
    time.sleep(BACK_AFTER)
    embedded_database.start(folder)
    tally.back_at = time.monotonic()
    return tally.back_at - began


def drop_database() -> None:
    """Drop what an earlier run made."""
    connections.close_all()
    values = connections["owner"].settings_dict
    with maintenance_connection(values) as connection:
        name = sql.Identifier(values["NAME"])
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))


def run(count: int, seconds: float, restarting: Callable[[Tally], float] = restart) -> dict[str, Any]:  # fmt: skip
    """The figures of one run with so many viewers."""
    viewers, tally, is_over = make_viewers(count), Tally(), Event()
    connections.close_all()
    with serving(workers=2, threads=4) as server:
        threads = [
            Thread(target=look, args=(one, server.connection.port, tally, is_over))
            for one in viewers
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds / 2)
        away = restarting(tally)
        time.sleep(max(0.0, seconds / 2 - away))
        is_over.set()
        for thread in threads:
            thread.join()
    return tally.as_json(count, away)


def main(arguments: list[str]) -> int:
    """Make a database, run, print; 1 where an answer was wrong, somebody never recovered, or recovery took too long."""
    parser = ArgumentParser(prog="bin/outage", description="A restart of the database under load.")
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args(arguments)
    embedded_database.start(databases.embedded_folder(settings.BASE_DIR))
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    drop_database()
    call_command("migrate", verbosity=0)
    found = run(options.viewers, options.seconds)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    is_well = not found["wrong_answers"] and found["recovered"] == options.viewers
    return 0 if is_well and found["recovery"] <= LONGEST_RECOVERY else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
