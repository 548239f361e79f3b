"""One counter for everything that may be tried only so often, shared by all processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from accounts.hashing import hash_of
from accounts.models import Tries

COUNT = """
insert into accounts_tries as held (what, about_hash, count, began_at) values (%(what)s, %(about)s, 1, %(now)s)
on conflict (what, about_hash) do update set
    count = case when held.began_at <= %(since)s then 1 else held.count + 1 end,
    began_at = case when held.began_at <= %(since)s then %(now)s else held.began_at end
returning count
"""


@dataclass(frozen=True)
class Limit:
    """So many tries in a stretch of time."""

    what: str
    tries: int
    within: timedelta


def may_try(limit: Limit, about: str, *, now: datetime) -> bool:
    """Count one try about something, and say whether it is still within the limit.

    `about` is kept as a hash only. The count is the database's own, so that two tries at once are two.
    """
    values: dict[str, str | datetime] = {
        "what": limit.what, "about": hash_of("tries", about), "now": now, "since": now - limit.within
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(COUNT, values)
        count: int = cursor.fetchone()[0]
    return count <= limit.tries


def forget_tries(limit: Limit, about: str) -> None:
    """Count anew, since a try was right."""
    Tries.objects.filter(what=limit.what, about_hash=hash_of("tries", about)).delete()


__all__ = ["Limit", "forget_tries", "may_try"]
