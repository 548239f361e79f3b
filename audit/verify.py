"""Whether the log is still what was written: every chain is walked from its first event."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from audit.models import ChainHead
from audit.row_security import rows_of

NO_PATIENT = UUID(int=0)
RIGHT_HASH = """
pg_catalog.sha256(event.previous_hash operator(pg_catalog.||) pg_catalog.convert_to(pg_catalog.jsonb_build_array(
    event.id, event.patient_id, event.sequence, extract(epoch from event.at), event.actor_id,
    event.duty, event.action, event.object, event.outcome, event.request_id, event.details
)::pg_catalog.text, 'UTF8'))
"""
"""As the trigger makes it. Not by the database's own function, which its owner could replace, nor by an operator of theirs (ADR 40)."""
WALK = f"""
with chain as (
    select event.sequence, event.previous_hash, event.hash,
        pg_catalog.lag(event.hash, 1, ''::pg_catalog.bytea) over (order by event.sequence) as hash_before,
        pg_catalog.row_number() over (order by event.sequence) as place,
        {RIGHT_HASH} as right_hash
    from audit_auditevent event where %s
)
select pg_catalog.count(*), pg_catalog.min(coalesce(sequence::bigint, place)) filter (where not coalesce(
    place operator(pg_catalog.=) sequence::bigint and previous_hash operator(pg_catalog.=) hash_before
    and hash operator(pg_catalog.=) right_hash, false
)), (select hash from chain order by sequence desc limit 1) from chain
"""  # noqa: S608
"""What is null is wrong: an owner can let a column be so, and nothing is equal to null or differs from it."""


@dataclass(frozen=True)
class Checked:
    """One chain: how many events it has, and the sequence number of the first wrong one, if any."""

    patient_id: UUID | None
    events: int
    broken_at: int | None


def of_chain(patient_id: UUID | None) -> str:
    """The condition for one chain's events, in a form for which the database uses its index."""
    return "patient_id is null" if patient_id is None else "patient_id = %(patient)s"


def check_all() -> list[Checked]:
    """Check every chain there is."""
    heads = ChainHead.objects.order_by("patient_id").values_list("patient_id", flat=True)
    return [check(None if head == NO_PATIENT else head) for head in heads]


def check(patient_id: UUID | None) -> Checked:
    """Check one chain; None is the chain of what concerns no patient.

    Broken where an event was changed, taken out or put in, and where the end is not the end that the
    head remembers (then `broken_at` is the number after the last event).
    """
    head = ChainHead.objects.filter(patient_id=patient_id or NO_PATIENT).first()
    with rows_of(patient_id), connection.cursor() as cursor:
        cursor.execute(WALK % of_chain(patient_id), {"patient": patient_id})
        events, broken_at, last = cursor.fetchone()
    remembered = (head.sequence, bytes(head.hash)) if head else (0, b"")
    if broken_at is None and remembered != (events, bytes(last or b"")):
        broken_at = events + 1
    return Checked(patient_id, events, broken_at)
