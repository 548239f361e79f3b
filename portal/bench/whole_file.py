"""`python -m portal.bench.whole_file LONG SHORT RECORDS`: what loading takes; prints JSON and keeps nothing."""

import gc
import json
import os
import sys
import time
from pathlib import Path
from statistics import median

import django
from django.core.exceptions import ValidationError

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.bench.settings"
django.setup()

from django.db import connection, transaction  # noqa: E402 - the settings come first
from django.utils import timezone  # noqa: E402

from portal.bench.patients import ODS_CODE  # noqa: E402
from portal.bench.server import cpu  # noqa: E402
from portal.demo.people import BY_KEY  # noqa: E402
from records.importing.load import Loading, load_bytes, load_file  # noqa: E402
from surgeries.models import Surgery, check_nhs_number  # noqa: E402


def memory(what: str) -> int:
    """Bytes that this process holds now (VmRSS), or held at the highest since `forget` (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("this needs Linux's /proc")


def forget() -> None:
    """Let the highest begin anew."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")


def thrown(load: object, *arguments: object) -> None:
    """Load something and roll it back."""
    with transaction.atomic():
        loaded = load(*arguments, now=timezone.now())  # type: ignore[operator]
        if loaded.outcome != "loaded":
            raise SystemExit(f"not loaded: {loaded.reason}")
        transaction.set_rollback(True)


def one(path: Path, how: Loading) -> tuple[float, float, int]:
    """Seconds by the clock and of processor, and the bytes at the highest above what was held before."""
    forget()
    before, database = memory("VmRSS"), connection.connection.info.backend_pid
    began, used = time.perf_counter(), cpu(os.getpid()) + cpu(database)
    thrown(load_file, path, how)
    wall, work = time.perf_counter() - began, cpu(os.getpid()) + cpu(database) - used
    return wall, work, memory("VmHWM") - before


def valid(number: int) -> bool:
    """Whether this is an NHS number by its check digit."""
    try:
        check_nhs_number(str(number))
    except ValidationError:
        return False
    return True


def many(content: bytes, whose: bytes, records: int, how: Loading) -> tuple[int, int]:
    """What is held after a tenth of so many records of as many people, and after all, in one transaction."""
    numbers = (each for each in range(9_991_000_000, 9_999_999_999) if valid(each))
    after_some = 0
    with transaction.atomic():
        for place in range(1, records + 1):
            named = content.replace(whose, str(next(numbers)).encode())
            loaded = load_bytes(named, "short", how, now=timezone.now())
            if loaded.outcome != "loaded":
                raise SystemExit(f"not loaded: {loaded.reason}")
            if place == max(1, records // 10):
                gc.collect()
                after_some = memory("VmRSS")
        transaction.set_rollback(True)
    gc.collect()
    return after_some, memory("VmRSS")


def main() -> None:
    """Measure, and print."""
    long, short, records = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    how = Loading(Surgery.objects.get(ods_code=ODS_CODE), add_patients=True)
    content = short.read_bytes()
    whose = BY_KEY["gwen"].nhs_number.encode()
    thrown(load_bytes, content, "short", how)  # what is imported and planned once
    found = [one(long, how) for _ in range(3)]
    after_some, after_all = many(content, whose, records, how)
    print(  # noqa: T201 - the answer to whoever started it
        json.dumps({
            "wall": median(each[0] for each in found), "cpu": median(each[1] for each in found),
            "peak": found[0][2], "records": records,
            "after_some": after_some, "after_all": after_all,
        })
    )  # fmt: skip


main()
