"""What pages say of what a source sends: notices with their day, how problems stand to each other (R2.6, R6.8)."""

from datetime import date

import pytest

from records.notices import notices_of
from tests.cast import make_entry
from tests.records.views.record import (
    entry_of,
    hide_from,
    make_report,
    notice,
    page_of,
    reader,
    section_of,
)

pytestmark = pytest.mark.django_db

TRANSIT = (
    "Items excluded due to confidentiality and/or patient preferences. Patient record transfer from previous GP"
    " practice not yet complete; information recorded before {day} may be missing."
)
ARRIVING = "This record has not yet fully arrived from the last surgery."


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (TRANSIT.format(day="02-Mar-2020"), " Information recorded before 2 March 2020 may be missing."),
        (
            "\n".join(TRANSIT.format(day=day) for day in ("02-Mar-2020", "26-Feb-2010")),
            " Information recorded before 2 March 2020 may be missing.",
        ),
        (TRANSIT.format(day="31-Feb-2010"), ""),
        ("information recorded before <b>the war</b> may be missing", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_the_day_before_which_a_record_is_not_whole_is_kept(written, told):
    """R2.6: the day, never the source's own words."""
    assert notices_of("medicines", {("medicines", "data-in-transit"): written}) == [ARRIVING + told]
    assert notices_of("medicines", {("medicines", "confidential-items"): written}) == [
        "Some information in this section may not be shown here."
    ]


def test_a_page_says_from_when_on_the_record_is_whole(client, open_to_patient, patient_user):
    make_report(open_to_patient)
    notice(open_to_patient, "test-results", "data-in-transit", TRANSIT.format(day="02-Mar-2020"))
    reading = reader(client, patient_user, open_to_patient)
    page = page_of(reading, section_of(open_to_patient, "test-results"))
    assert "Information recorded before 2 March 2020 may be missing." in page
    assert "preferences" not in page


def condition(patient, name, *related):
    related = [{"problem": {"entry": str(one.id)}, "relation": how} for how, one in related]
    return make_entry(
        patient, name, section="health-conditions", kind="condition", title=name,
        details={"related_problems": related},
    )  # fmt: skip


def test_a_condition_says_under_which_it_is_recorded(client, open_to_patient, patient_user):
    """R6.8, R2.3: what is hidden leaves its heading out too."""
    above, below, beside = (
        condition(open_to_patient, name) for name in ("Above", "Below", "Beside")
    )
    whole = condition(
        open_to_patient, "Whole", ("parent", above), ("child", below), ("sibling", beside)
    )
    reading = reader(client, patient_user, open_to_patient)
    page = page_of(reading, entry_of(whole))
    order = [
        "Recorded under<", "Above", "Recorded under this health condition", "Below",
        "Related health conditions", "Beside",
    ]  # fmt: skip
    places = [page.index(f">{words}") for words in order]
    assert places == sorted(places)
    hide_from(open_to_patient, above)
    assert "Recorded under<" not in page_of(reading, entry_of(whole))


@pytest.mark.parametrize(("made", "is_said"), [("2020-01-02", False), ("2019-12-30", True)])
def test_the_day_on_which_a_document_was_made_is_said_where_it_differs(
    client, open_to_patient, patient_user, made, is_said
):
    letter = make_entry(
        open_to_patient, section="documents", kind="document", level_needed="documents",
        effective_on=date(2020, 1, 2), effective_precision="day",
        details={"created": {"on": made, "precision": "day"}},
    )  # fmt: skip
    page = page_of(reader(client, patient_user, open_to_patient), entry_of(letter))
    assert ("Document made" in page) == is_said
