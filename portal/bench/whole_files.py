"""What a whole file takes from its bytes to its rows, and whether a thousand in one run take more and more."""

import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone

from portal.demo.long_record import long_record

MEGABYTES = 3
ENTRIES = 2_300
"""Entries of a record whose extract has about so many megabytes."""
SHORT = 20
RECORDS = 1_000
MOST_SECONDS, MOST_MEMORY, MOST_GROWTH = 1.0, 5.0, 1.1


def measure(records: int = RECORDS) -> dict[str, Any]:
    """One file of three megabytes, and many short ones, each in a process that does nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        long, short = Path(folder, "long.json"), Path(folder, "short.json")
        long.write_bytes(extract(ENTRIES))
        short.write_bytes(extract(SHORT))
        arguments = [str(long), str(short), str(records)]
        done = subprocess.run(
            [sys.executable, "-m", "portal.bench.whole_file", *arguments],
            capture_output=True, check=True,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout)
        size = long.stat().st_size
    found["megabytes"] = round(size / 1e6, 2)
    found["memory_to_size"] = round(found["peak"] / size, 1)
    found["growth"] = round(found["after_all"] / found["after_some"], 3)
    return found


def extract(entries: int, today: date | None = None) -> bytes:
    """The extract of a record with so many entries."""
    return json.dumps(long_record(today or timezone.localdate(), entries)).encode()


def lines(found: dict[str, Any]) -> list[str]:
    """The figures for people."""

    def judged(value: float, most: float) -> str:
        return f"at most {most} {'met' if value <= most else 'MISSED'}"

    return [
        f"File of {found['megabytes']} MB: {found['wall']:.2f} s by the clock, {found['cpu']:.2f} s of CPU, "
        + judged(found["wall"], MOST_SECONDS),
        f"  memory at the highest: {found['memory_to_size']} times its size, "
        + judged(found["memory_to_size"], MOST_MEMORY),
        f"{found['records']} records in one run: memory after all / after a tenth: {found['growth']:.2f}, "
        + judged(found["growth"], MOST_GROWTH),
    ]
