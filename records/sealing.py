"""What stands behind a page of its own (R5.5), and which free text is open (R1.7): how much a visible row says.

Both halves of the decision ask the same: only what may be seen counts, from the conditions of `visibility`.
"""

from django.db.models import BooleanField, Case, F, JSONField, Q, UUIDField, Value, When
from django.db.models.expressions import Combinable, RawSQL

from records.visibility import (
    CURRENT,
    IS_VISIBLE,
    READ_OR_CURRENT,
    Condition,
    OpenText,
    RecordAccess,
    categories,
    condition,
)
from surgeries.models import Patient

IS_WISHED = """exists (
    select from records_resultwish wish
    join unnest(%(categories)s::text[], %(patterns)s::text[]) category (name, pattern)
        on category.name = wish.category
    where wish.patient_id = %(patient)s
        and (wish.wish = 'hold' or (wish.wish = 'ask' and not %(is_proxy)s))
        and row.title ~* category.pattern
)"""
"""The patient asked to be warned of results with such a name; to a proxy only what is held counts (R4.3)."""

LAST_SAID = "greatest(row.added_at, row.words_changed_at, row.text_changed_at)"
"""When a row came or what it says last changed: not `changed_at`, which the place of a hidden row moves (R2.3)."""

IS_UNOPENED = f"""not exists (
    select from records_openedresult opened
    where opened.patient_id = %(patient)s
        and opened.viewer_id = %(viewer)s
        and opened.entry_id in (row.id, row.root_id, row.repeats_id)
        and opened.opened_at >= {LAST_SAID}
)"""
"""This viewer has not gone through the page before it since it last changed."""


STANDS_OVER_SOMETHING = f"""(row.kind <> 'result-group' or row.root_id is null or exists (
    with recursive seen as (
        select part.id, part.kind, part.free_text is not null as has_words,
            part.details -> 'group' ->> 'entry' as above
        from records_entry part
        where part.patient_id = %(patient)s and part.root_id = row.root_id
            and {IS_VISIBLE.replace("row.", "part.")}
    ), below as (
        select row.id
        union
        select seen.id from seen join below on seen.above = below.id::text
    )
    select from seen join below using (id)
    where seen.kind <> 'result-group' and (seen.kind <> 'comment' or seen.has_words)
))"""  # noqa: S608 - ours alone
"""A heading over results counts where a page shows it: where this viewer may see something below it.

Elsewhere its mark is about what is hidden (R2.3). `showing.in_groups` leaves out the same headings.
"""

REPORT = "any(array[asked.root_id, asked.id])"
"""Equal to the id of the report that the row asked about is, or stands in.

An array, though one value would say the same: with one, PostgreSQL may read the whole record to compare, where
with an array it looks into an index (ADR 20).
"""
IN_REPORT = f"(row.root_id = {REPORT} or row.id = {REPORT})"
WHOLE = "(case when row.root_id is null then row.id else row.root_id end)"
"""The report that a row is, or stands in, as the index of what is marked has it (`entry_flagged_by_report`).

A `case`, though `coalesce` would say the same: under row-level security PostgreSQL takes only the former for leakproof.
"""
IS_MARKED_IN_REPORT = f"row.flagged and {WHOLE} = any(array[{WHOLE.replace('row.', 'asked.')}])"


def whole() -> RawSQL:
    """The id of the report that a row is, or stands in, to make an index of: the same text as in the condition."""
    return RawSQL(WHOLE.replace("row.", "records_entry."), (), UUIDField())  # noqa: S611


def kin(where: str) -> str:
    """That some row of the same report, told by `where`, may be seen by this viewer and was not opened by them."""
    return f"""exists (
        select from records_entry kin
        where row.patient_id = %(patient)s and {where}
            and {IS_VISIBLE} and {IS_UNOPENED} and {STANDS_OVER_SOMETHING}
    )""".replace("row.", "kin.").replace("asked.", "row.")


IS_SEALED_ALONE = f"(row.flagged and {IS_UNOPENED})"
"""What was marked outside a report is sealed by itself."""

IS_WISHED_IN_REPORT = f"""(
    exists (select from records_resultwish wish where wish.patient_id = %(patient)s and wish.wish <> 'show')
    and {kin(f"{IN_REPORT} and {IS_WISHED}")}
)"""


def sealed_by(*reasons: str) -> str:
    """That what the row says stands behind a page of its own (R5.5): something in its report that this viewer may see
    is one of the reasons, and was not opened yet.

    Only what may be seen counts: a hidden result must not close the report that it stands in (R2.3).
    """
    in_report = " or ".join(reasons)
    return f"case when row.section <> 'test-results' then {IS_SEALED_ALONE} else ({in_report}) end"


IS_SEALED = {
    True: sealed_by(kin(IS_MARKED_IN_REPORT), IS_WISHED_IN_REPORT),
    False: sealed_by(kin(IS_MARKED_IN_REPORT)),
}
"""What seals: what the laboratory marked, and what the patient wants to be warned of by its name.

By whether wishes have to be asked: the second half is the longer one, and PostgreSQL prepares it whether or not there is
a wish, so it is left out for whom there was never one (ADR 43).
"""

IS_ALERTING = f"""(row.flagged or (row.section = 'test-results' and {IS_WISHED})) and {IS_UNOPENED}
    and {STANDS_OVER_SOMETHING}"""
"""The row itself is why it, and the report that it stands in, are sealed."""

IS_WANTED_HELD = f"""(
    exists (
        select from records_resultwish wish
        left join unnest(%(categories)s::text[], %(patterns)s::text[]) category (name, pattern)
            on category.name = wish.category
        where wish.patient_id = %(patient)s
            and wish.wish = 'hold'
            and case when wish.category = 'abnormal' then row.flagged
                else row.section = 'test-results' and row.title ~* category.pattern end
    )
    and not exists (
        select from records_spokenabout spoken
        where spoken.patient_id = %(patient)s
            and spoken.entry_id in (row.id, row.root_id, row.repeats_id)
            and spoken.spoken_at >= {LAST_SAID}
    )
)"""  # noqa: S608 - ours alone
"""The patient wants to be spoken to before such a result opens, and the surgery has not yet, since it changed."""

ALERTING = condition(IS_ALERTING)
HELD = condition(f"{IS_WANTED_HELD} and {STANDS_OVER_SOMETHING}")
HELD_FOR_STAFF = condition(IS_WANTED_HELD)
"""Staff see all of a report, so that to them each heading stands over something."""

TOLD = condition(STANDS_OVER_SOMETHING)

Conditions = dict[bool, Condition]
"""A condition for each answer to `asks_wishes`."""


def _where_sealed(otherwise: str) -> Conditions:
    return {
        asks: condition(f"case when {sealed} then null else {otherwise} end")
        for asks, sealed in IS_SEALED.items()
    }


SEALED = {asks: condition(sealed) for asks, sealed in IS_SEALED.items()}
SEALED_ALONE = condition(IS_SEALED_ALONE)
OPEN_DETAILS = _where_sealed("row.details")
OPEN_DETAILS_ALONE = condition(f"case when {IS_SEALED_ALONE} then null else row.details end")
NO_DETAILS = _where_sealed("'{}'::jsonb")


def is_sealed(access: RecordAccess) -> RawSQL:
    """The condition that a row's values stand behind the page of R5.5 for this viewer."""
    return SEALED[access.asks_wishes].on(access)


def is_sealed_alone(access: RecordAccess) -> RawSQL:
    """The same of rows that are in no report."""
    return SEALED_ALONE.on(access)


def is_alerting(access: RecordAccess) -> RawSQL:
    """The condition that a row is itself a reason why something is sealed."""
    return ALERTING.on(access)


def is_held(access: RecordAccess) -> RawSQL:
    """The condition that a row stays closed until the surgery has spoken to the patient (R5.5)."""
    return HELD.on(access)


def is_held_of(patient: Patient) -> RawSQL:
    """The same for staff: it is the patient's wish, whoever looks."""
    values = {"patient": patient.pk} | categories()
    held = HELD_FOR_STAFF
    return RawSQL(held.sql, [values[name] for name in held.names], BooleanField())  # noqa: S611


def stands_over_something(access: RecordAccess) -> RawSQL:
    """The condition that a row is no heading over results of which nothing may be seen (R2.3)."""
    return TOLD.on(access)


def open_details(access: RecordAccess) -> RawSQL:
    """The coded content of a row; None while it is sealed, so that no page can show what it says (R5.5)."""
    return _content(OPEN_DETAILS[access.asks_wishes], access)


def open_details_alone(access: RecordAccess) -> RawSQL:
    """The same of rows that are in no report: the database has less to look at."""
    return _content(OPEN_DETAILS_ALONE, access)


def no_details(access: RecordAccess) -> RawSQL:
    """Nothing of the coded content but whether it is sealed: for lines that say no more than a title and a date."""
    return _content(NO_DETAILS[access.asks_wishes], access)


def _content(told: Condition, access: RecordAccess) -> RawSQL:
    found = told.on(access)
    found.output_field = JSONField()
    return found


def text_is_open(access: RecordAccess) -> Combinable:
    """The free text of a row where the level for its age is full and it is not sealed, else nothing (R1.7)."""
    if not can_have_text(access):
        return Value(None, output_field=JSONField())
    # first whether there is any: whether it may be seen takes longer to say
    is_told = Q(free_text__isnull=False) & has_open_text(access)
    return UnlessSealed(When(is_told, then=F("free_text")), default=None)


class UnlessSealed(Case):
    """Free text that asks by itself whether its row is sealed: where the content beside it asks too, once is enough."""


def text_of_opened(access: RecordAccess) -> Combinable:
    """The same of rows that are known not to be sealed."""
    if not can_have_text(access):
        return Value(None, output_field=JSONField())
    is_told = Q(free_text__isnull=False) & levels_open_text(access)
    return Case(When(is_told, then=F("free_text")), default=None)


def has_open_text(access: RecordAccess) -> Q:
    """The condition that a row's free text is open, where any can be: whether or not there is some."""
    return Q(is_sealed(access), _negated=True) & levels_open_text(access)


def levels_open_text(access: RecordAccess) -> Q:
    """The condition that the level for a row's age is full, where any can be, and older text was read (R1.5)."""
    is_open = READ_OR_CURRENT if access.open_text is OpenText.ALL else CURRENT
    return Q(is_open.on(access))


def can_have_text(access: RecordAccess) -> bool:
    """Whether any row's free text can be open at all."""
    return access.open_text is not OpenText.NONE
