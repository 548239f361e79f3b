"""The portal's settings for the bench: a database of its own, and pages that are the floor to compare with."""

import hashlib
import os

from django.core.exceptions import ImproperlyConfigured

from portal.databases import uses_embedded
from portal.settings import *  # noqa: F403
from portal.settings import BASE_DIR, DATABASES, TEMPLATES, VAR

MAKE_THE_RECORDS = (
    "*/migrations/*.py",
    "portal/demo/*.py",
    "records/content/*.py",
    "records/importing/**/*.py",
    "records/indexing.py",
    "records/models/*.py",
    "portal/bench/patients.py",
)


def digest() -> str:
    """A name for the code that makes the bench's records: while it stays, so do they."""
    found = hashlib.sha256()
    for pattern in MAKE_THE_RECORDS:
        for path in sorted(BASE_DIR.glob(pattern)):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


if not uses_embedded():
    raise ImproperlyConfigured("The bench fills a database of its own: unset DATABASE_URL")

BENCH_SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", "500,50000").split(","))
BENCH_PREFIX = "bench_"
for connection in DATABASES.values():
    connection["NAME"] = f"{BENCH_PREFIX}{digest()}_{'_'.join(map(str, BENCH_SIZES))}"

ROOT_URLCONF = "portal.bench.urls"
BENCH_PAGES = VAR / "bench-pages"
TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates", BENCH_PAGES]
IS_DEMO = False
