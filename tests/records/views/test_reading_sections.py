"""How the entries of each section read (R6.3 to R6.9)."""

from datetime import date, time

import pytest

from audit.row_security import rows_of
from records.models import Document
from tests.cast import make_entry
from tests.records.views.record import (
    entry_of,
    home_of,
    make_allergy,
    make_medicine,
    make_part,
    make_report,
    reader,
    section_of,
    unmarked,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def words_of(client, open_to_patient, patient_user):
    """The words of a page, without markup."""
    reader(client, patient_user, open_to_patient)

    def words(address):
        page = client.get(address).content.decode().split("<main")[1].split("</main>")[0]
        return page

    return words


def in_order(page, *words):
    places = [page.index(each) for each in words]
    return places == sorted(places)


def test_medicines_are_in_three_groups_without_status_words(words_of, open_to_patient):
    """R6.4."""
    made = [
        ("Stopped tablets", {"status": "stopped", "reason_stopped": "Side effects",
                             "stopped_on": {"on": "2024-02-01", "precision": "day"}}),
        ("Current tablets", {"status": "active", "prescribed_elsewhere": True}),
        ("Short tablets", {"status": "completed", "prescription_type": "acute"}),
        ("Unknown tablets", {"status": "completed", "prescription_type": "unknown"}),
    ]  # fmt: skip
    for title, details in made:
        make_medicine(open_to_patient, title, title=title, details=details)
    page = words_of(section_of(open_to_patient, "medicines"))
    assert in_order(
        page, "Acute (short term)", "Short tablets", "Repeat: current", "Current tablets",
        "Prescribed by another organisation", "Repeat: discontinued", "Stopped tablets",
        "1 February 2024, Side effects", "Other medicines", "Unknown tablets",
    )  # fmt: skip
    assert not [word for word in ("active", "completed", "stopped") if f">{word}<" in page.lower()]
    home = words_of(home_of(open_to_patient))
    assert "Current tablets" in home
    assert "Stopped tablets" not in home


def test_an_allergy_has_an_end_only_with_its_reason(words_of, open_to_patient):
    """R6.5."""
    ended = {"status": "resolved", "ended_on": {"on": "2020-03-01", "precision": "month"}}
    why = make_allergy(
        open_to_patient, "a1", title="Nuts", details=ended | {"reason_ended": "Tested"}
    )
    bare = make_allergy(open_to_patient, "a2", title="Eggs", details=ended)
    make_allergy(open_to_patient, "a3", title="Milk")
    page = words_of(section_of(open_to_patient, "allergies"))
    assert in_order(page, "Current", "Milk", "Ended")
    assert page.count("March 2020") == 1
    assert "March 2020" in words_of(entry_of(why))
    assert "March 2020" not in words_of(entry_of(bare))
    assert "Nuts" not in words_of(home_of(open_to_patient))


def test_results_are_as_the_laboratory_gave_them(words_of, open_to_patient):
    """R6.6."""
    report = make_report(open_to_patient, details={"status": "preliminary"})
    make_part(
        report, "p1", 1,
        details={
            "value": {"number": "41.0", "unit": "mmol/L", "comparator": "<"},
            "ranges": [{"low": {"number": "3.5", "unit": "mmol/L"}, "high": {"number": "5.3", "unit": "mmol/L"}}],
            "flags": [{"words": "PA - Potentially abnormal"}],
        },
    )  # fmt: skip
    make_part(report, "p2", 2, title="Culture", details={"words": "Negative"})
    make_part(
        report, "p3", 3, title="Ferritin", details={"ranges": [{"text": "less than 3.8 to 5"}]}
    )
    for address in (section_of(open_to_patient, "test-results"), entry_of(report)):
        page = unmarked(words_of(address))
        for words in ("&lt; 41.0 mmol/L", "3.5 to 5.3 mmol/L", "PA - Potentially abnormal",
                      "Negative", "less than 3.8 to 5", "Preliminary"):  # fmt: skip
            assert words in page
        assert "Normal" not in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"effective_on": date(2009, 1, 1), "effective_precision": "year"}, ">2009<"),
        ({"effective_on": date(2009, 3, 1), "effective_precision": "month"}, ">March 2009<"),
        ({"effective_on": date(2009, 3, 4), "effective_precision": "day"}, ">4 March 2009<"),
        (
            {
                "effective_on": date(2009, 7, 4),
                "effective_time": time(23, 30),
                "effective_precision": "time",
            },
            ">4 July 2009 at 11:30pm<",
        ),
        ({}, ">Unknown date<"),
    ],
)
def test_dates_are_as_precise_as_the_source(words_of, open_to_patient, values, words):
    """R6.7."""
    entry = make_entry(open_to_patient, section="immunisations", kind="immunisation", **values)
    assert words in words_of(entry_of(entry))
    assert words in words_of(section_of(open_to_patient, "immunisations"))


def test_the_newest_come_first_and_unknown_dates_last(words_of, open_to_patient):
    for title, on in (
        ("Oldest", date(1999, 1, 1)),
        ("Undated", None),
        ("Newest", date(2024, 1, 1)),
    ):
        make_entry(open_to_patient, title, title=title, effective_on=on)
    page = words_of(section_of(open_to_patient, "consultations"))
    assert in_order(page, "Newest", "Oldest", "Undated")


def test_conditions_are_active_before_past_and_significant_before_minor(words_of, open_to_patient):
    """R6.8."""
    for title, status, significance in (
        ("Past major", "inactive", "major"),
        ("Minor now", "active", "minor"),
        ("Plain now", "active", ""),
        ("Major now", "active", "major"),
    ):
        make_entry(
            open_to_patient, title, title=title, section="health-conditions", kind="condition",
            details={"status": status, "significance": significance},
        )  # fmt: skip
    page = words_of(section_of(open_to_patient, "health-conditions"))
    assert in_order(page, "Active", "Major now", "Plain now", "Minor now", "Past", "Past major")


def test_an_attachment_that_is_withheld_reads_as_one_that_is_missing(words_of, open_to_patient):
    """R6.9, R2.4: what is held back is not told apart, and its own title is not shown."""
    pages = []
    for source_id, values in (("d1", {"withheld": True, "source_url": "Binary/1"}), ("d2", {})):
        entry = make_entry(
            open_to_patient, source_id, section="documents", kind="document", title="Letter"
        )
        with rows_of(open_to_patient.pk):
            Document.objects.create(
                patient=open_to_patient,
                entry_id=entry.id,
                position=0,
                title="SECRET TITLE",
                **values,
            )
        pages.append(words_of(entry_of(entry)).replace(str(entry.id), ""))
    assert pages[0] == pages[1]
    assert "not available online. Ask Riverbank Surgery for a copy" in pages[0]
    assert "SECRET" not in pages[0] + words_of(section_of(open_to_patient, "documents"))


def test_a_medicine_shows_its_issues_and_what_it_is_for(words_of, open_to_patient):
    reason = make_entry(
        open_to_patient,
        "c",
        section="health-conditions",
        kind="condition",
        title="High cholesterol",
    )
    medicine = make_medicine(
        open_to_patient, details={"reasons": [{"entry": str(reason.id)}], "dose": "One at night"}
    )
    make_part(
        medicine,
        "i1",
        1,
        kind="issue",
        title="Atorvastatin issue",
        details={"quantity": "28 tablets"},
    )
    page = words_of(entry_of(medicine))
    for words in ("One at night", "High cholesterol", entry_of(reason), "28 tablets"):
        assert words in page


KINDS = {
    "allergies": "allergy",
    "medicines": "issue",
    "immunisations": "immunisation",
    "health-conditions": "condition",
    "documents": "document",
}


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        *KINDS.items(),
        *(("consultations", kind) for kind in ("referral", "procedure", "observation", "comment")),
    ],
)
def test_every_kind_of_entry_has_a_page(words_of, open_to_patient, section, kind):
    entry = make_entry(open_to_patient, section=section, kind=kind, title="Its own words")
    assert "Its own words" in words_of(entry_of(entry))
    assert "Its own words" in words_of(section_of(open_to_patient, section))


def test_many_allergies_leave_the_medicines_on_the_home(words_of, open_to_patient):
    """R6.2: to say that there are none would be wrong."""
    for number in range(120):
        make_allergy(open_to_patient, f"a{number}")
    make_medicine(open_to_patient)
    page = words_of(home_of(open_to_patient))
    assert "Atorvastatin 20mg tablets" in page
    assert page.count("Penicillin") == 20
