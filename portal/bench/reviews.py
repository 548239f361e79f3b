"""How long each step of a review takes, in a process and a database of its own: a record of 1,000 entries."""

import json
import os
import subprocess
import sys
from typing import Any

from django.conf import settings

from portal.bench.server import ServerFailed

SIZES = "1000"
"""`BENCH_REVIEW_SIZES` sets others, of which the first is reviewed."""


def measure() -> dict[str, Any]:
    """What `python -m portal.bench.reviewing --json` prints; raises ServerFailed with what went wrong."""
    run = subprocess.run(
        [sys.executable, "-m", "portal.bench.reviewing", "--json"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "BENCH_SIZES": os.environ.get("BENCH_REVIEW_SIZES", SIZES)},
        capture_output=True,
        check=False,
    )
    if run.returncode:
        raise ServerFailed(run.stderr.decode())
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def lines(found: dict[str, Any]) -> list[str]:
    """The same for people, with what a step may take at most."""
    head = f"Review of a record of {found['entries']} entries ({found['rows']} rows), ms"
    return [
        f"{head:56}{'CPU':>8}{'most':>8}{'clock':>8}   at most {found['at_most']}",
        *(
            f"  {one['step']:54}{one['cpu_ms']:>8.1f}{one['most_ms']:>8.1f}{one['wall_ms']:>8.1f}"
            f"   {'met' if one['met'] else 'MISSED'}"
            for one in found["steps"]
        ),
    ]
