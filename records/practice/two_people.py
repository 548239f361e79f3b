"""What takes a second person at a surgery that wants two for the full history (R8.6)."""

from typing import Any

from records.models import AccessGrant, ChangePreview
from records.practice.cohort import Cohort
from records.previewing.reviewing import takes_two
from surgeries.models import Surgery
from surgeries.terms import Level


def takes_two_to_set(surgery: Surgery, new: dict[str, Any]) -> bool:
    """Whether some settings take a second person: they open records of many, or all to new accounts, or end the rule.

    To begin with the rule takes one.
    """
    is_full = new.get("default_historical_level") == Level.FULL
    opens_all_to_new = is_full and surgery.default_historical_level != Level.FULL
    ends_rule = new.get("two_people_for_full") is False
    opens = opens_all_to_new or ends_rule or opens_records(surgery, new)
    return surgery.two_people_for_full and opens


def opens_records(surgery: Surgery, new: dict[str, Any]) -> bool:
    """Whether some settings open something to patients who have access: an earlier date, or a section that was closed."""
    closed = set(new.get("restricted_sections", surgery.restricted_sections))
    return _goes_live_earlier(surgery, new) or not closed.issuperset(surgery.restricted_sections)


def _goes_live_earlier(surgery: Surgery, new: dict[str, Any]) -> bool:
    on = new.get("go_live_on")
    return on is not None and (surgery.go_live_on is None or on < surgery.go_live_on)


def takes_two_to_change(preview: ChangePreview) -> bool:
    """Whether the levels of a change take a second person: for one of its patients they would alone."""
    cohort = Cohort(**preview.proposed)
    if not preview.surgery.two_people_for_full or Level.FULL not in (
        cohort.current,
        cohort.historical,
    ):
        return False
    if cohort.historical == Level.FULL:
        return True
    return any(_opens_older_history(grant, cohort) for grant in _with_own_date(preview))


def _with_own_date(preview: ChangePreview) -> list[AccessGrant]:
    """The decisions of a change's patients that hold a date of their own: only there is new older history (R1.2)."""
    held = AccessGrant.objects.filter(pk__in=[row[1] for row in preview.found])
    return list(held.exclude(starts_on=None).select_related("patient__surgery"))


def _opens_older_history(held: AccessGrant, cohort: Cohort) -> bool:
    then = AccessGrant(
        current_level=cohort.current, historical_level=cohort.historical, starts_on=held.starts_on,
        restricted_sections=held.restricted_sections,
    )  # fmt: skip
    return takes_two(held.patient, then, held)
