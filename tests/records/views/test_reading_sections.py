"""How the entries of each section read (R6.3 to R6.9)."""

from datetime import date, time

import pytest

from audit.row_security import rows_of
from records.models import Document
from records.sections import PER_PAGE
from tests.cast import make_entry
from tests.records.views.record import (
    entry_of,
    hide_from,
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
    """Whether they stand in this order below the way to the groups."""
    page = page.split("</nav>", 1)[-1]
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


def test_what_has_ended_comes_last_among_the_acute_and_says_when(words_of, open_to_patient):
    """R6.4 keeps the groups in order; inside one, what may still be taken comes first."""
    ended = {"ended_on": {"on": "2024-02-01", "precision": "day"}}
    made = [
        ("Ended tablets", date(2024, 1, 20), {"status": "completed"} | ended),
        ("Over tablets", date(2024, 1, 19), {"status": "completed"}),
        ("Lasting tablets", date(2020, 1, 1), {"status": "active"} | ended),
    ]
    for title, day, details in made:
        make_medicine(open_to_patient, title, title=title, effective_on=day, effective_precision="day",
                      details={"prescription_type": "acute"} | details)  # fmt: skip
    page = words_of(section_of(open_to_patient, "medicines"))
    assert in_order(
        page, "Lasting tablets", "Ends or ended: 1 February 2024", "Ended tablets",
        "Ended: 1 February 2024", "Over tablets", "Ended: date not recorded",
    )  # fmt: skip


@pytest.fixture
def many_medicines(open_to_patient):
    """More acute medicines than fit on a page, then two repeats."""
    for number in range(PER_PAGE + 5):
        make_medicine(open_to_patient, f"a{number}", title=f"Acute {number:02}",
                      details={"prescription_type": "acute"})  # fmt: skip
    make_medicine(open_to_patient, "r1", title="Repeat one")
    make_medicine(open_to_patient, "r2", title="Repeat two", details={"status": "stopped"})
    return section_of(open_to_patient, "medicines")


def test_each_group_can_be_reached_from_the_top_of_every_page(words_of, many_medicines):
    for address in (many_medicines, f"{many_medicines}?page=2"):
        page = words_of(address)
        for slug in ("acute-short-term", "repeat-current", "repeat-discontinued"):
            assert f'href="{many_medicines}?group={slug}"' in page
        assert "?group=other-medicines" not in page
    page = words_of(f"{many_medicines}?group=repeat-current")
    assert "Repeat one" in page
    assert "Acute 0" not in page
    assert "Repeat two" not in page
    assert '?group=repeat-current" aria-current="true">' in page
    assert f'href="{many_medicines}">Show all</a>' in page


def test_the_pages_of_one_group_go_on_inside_it(words_of, many_medicines):
    page = words_of(f"{many_medicines}?group=acute-short-term")
    assert "?page=2&amp;group=acute-short-term" in page
    page = words_of(f"{many_medicines}?page=2&group=acute-short-term")
    assert page.count("Acute ") >= 5
    assert "Repeat one" not in page


@pytest.mark.parametrize("group", ["zzz", "other-medicines", "", "%00", "active"])
def test_a_group_that_is_not_there_shows_everything(words_of, many_medicines, group):
    page = words_of(f"{many_medicines}?group={group}")
    assert "Page 1: entries 1 to 25. There are more" in page
    assert "Showing only" not in page


def test_a_group_of_which_all_is_hidden_is_not_named(words_of, open_to_patient, many_medicines):
    """R2.3."""
    hidden = make_medicine(open_to_patient, "o", details={"prescription_type": "unknown"})
    assert "?group=other-medicines" in words_of(many_medicines)
    hide_from(open_to_patient, hidden)
    assert "other-medicines" not in words_of(many_medicines)


def test_conditions_and_allergies_have_the_way_to_their_groups_too(words_of, open_to_patient):
    for status in ("active", "inactive"):
        make_entry(open_to_patient, f"c{status}", section="health-conditions", kind="condition",
                   title=f"Is {status}", details={"status": status})  # fmt: skip
        make_allergy(
            open_to_patient, f"a{status}", title=f"Is {status}", details={"status": status}
        )
    for section, past in (("health-conditions", "past"), ("allergies", "ended")):
        page = words_of(f"{section_of(open_to_patient, section)}?group={past}")
        assert "Is inactive" in page
        assert "Is active" not in page


def test_an_allergy_has_an_end_only_with_its_reason(words_of, open_to_patient):
    """R6.5."""
    ended = {"status": "resolved", "ended_on": {"on": "2020-03-01", "precision": "month"}}
    why = make_allergy(
        open_to_patient, "a1", title="Nuts", details=ended | {"reason_ended": "Tested"}
    )
    bare = make_allergy(open_to_patient, "a2", title="Eggs", details=ended)
    make_allergy(open_to_patient, "a3", title="Milk")
    page = words_of(section_of(open_to_patient, "allergies"))
    assert in_order(page, "Current", "Milk", "Ended", "Nuts")
    assert page.count("March 2020") == 1
    assert "March 2020" in words_of(entry_of(why))
    assert "March 2020" not in words_of(entry_of(bare))
    assert "Nuts" not in words_of(home_of(open_to_patient))


@pytest.mark.parametrize(
    ("began", "precision", "words"),
    [
        (date(1984, 1, 1), "year", "<p>1984</p>"),
        (date(1980, 1, 1), "year", "<p>1980 to 1984</p>"),
        (None, "unknown", "<p>Unknown date. Ended 1984</p>"),
    ],
)
def test_how_long_a_condition_lasted_is_said_once(
    client, open_to_patient, patient_user, began, precision, words
):
    """R6.7, R6.8: what began and ended in one year is not "1984 to 1984"."""
    make_entry(
        open_to_patient, "c1", kind="condition", section="health-conditions", effective_on=began,
        effective_precision=precision,
        details={"status": "resolved", "ended_on": {"on": "1984-01-01", "precision": "year"}},
    )  # fmt: skip
    reader(client, patient_user, open_to_patient)
    page = client.get(section_of(open_to_patient, "health-conditions")).text
    assert words in page.replace('<p class="nhsuk-u-margin-bottom-0">', "<p>")


def test_the_tables_word_for_a_laboratory_is_not_what_a_patient_reads(words_of, open_to_patient):
    """It stands with every report of GP Connect, and sounds like a biopsy."""
    category = "Pathology (gross & histopath, not surgical)"
    report = make_report(open_to_patient, details={"categories": [category]})
    page = words_of(entry_of(report))
    assert "Laboratory test (pathology)" in page
    assert "histopath" not in page


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
    in_list = words_of(section_of(open_to_patient, "immunisations"))
    assert f">Given: {words.removeprefix('>')}" in in_list


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


MOST = 5 * 1024 * 1024


@pytest.mark.parametrize(
    ("values", "is_large"),
    [
        ({"size": MOST + 1}, True),
        ({"size": MOST + 1, "source_url": "Binary/1"}, True),
        ({"size": MOST, "source_url": "Binary/1"}, False),
        ({"title": "File size 18551238 bytes greater than maximum allowable (5MB)"}, True),
        ({"title": "The file is too large"}, True),
        ({"title": "Too large a dose", "source_url": "Binary/1", "size": 8}, False),
        ({"size": MOST + 1, "title": "The file is too large", "withheld": True}, False),
        ({}, False),
    ],
)
def test_an_attachment_that_is_too_large_says_so_and_who_to_ask(
    words_of, open_to_patient, values, is_large
):
    """R6.9; but one that is withheld reads as one that is missing (R2.3)."""
    entry = make_entry(open_to_patient, "d", section="documents", kind="document", title="Letter")
    with rows_of(open_to_patient.pk):
        Document.objects.create(patient=open_to_patient, entry_id=entry.id, position=0, **values)
    for address in (entry_of(entry), section_of(open_to_patient, "documents")):
        page = words_of(address)
        assert ("too large to open here" in page) is is_large
        assert "Ask Riverbank Surgery for a copy" in page


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
