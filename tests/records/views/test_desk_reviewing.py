"""Staff see everything, marked, and hide and show entries."""

from datetime import date
from types import SimpleNamespace
from uuid import uuid4

import pytest

from accounts.models import Duty
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import access_of
from records.content import (
    CONTENT_BY_KIND,
    FREE_TEXT_BY_KIND,
    Allergy,
    Author,
    Condition,
    Medicine,
    Observation,
    Report,
)
from records.models import Document, Entry, Redaction, SectionNotice
from records.views.desk_held import lines_held
from records.views.desk_held_words import LABELS, WORDS
from surgeries.terms import Level
from tests.cast import make_entry, make_staff, record_access, sign_in
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def imogen(surgery):
    return make_staff(surgery, "imogen@example.test", Duty.REVIEW_ENTRIES)


@pytest.fixture
def at_desk(client, imogen):
    return sign_in(client, imogen)


@pytest.fixture
def entry(patient):
    return make_entry(patient, title="Unusual finding")


RANGES = [
    {"low": {"number": "350"}, "high": {"number": "500"}},
    {"high": {"number": "9", "unit": "mmol/L"}, "applies_to": "adults"},
    {"low": {"number": "2"}},
    {"text": "see the note"},
]


def page_of(patient, rest=""):
    return f"/surgery/patients/{patient.pk}/{rest}"


def of_entry(entry, rest=""):
    return f"/surgery/patients/{entry.patient_id}/entries/{entry.id}/{rest}"


def hide(client, entry, **answers):
    return client.post(
        of_entry(entry, "hide"), {"audience": "everyone", "reason": "Harm"} | answers
    )


def hidings(patient):
    with rows_of(patient.pk):
        return list(Redaction.objects.filter(patient=patient, undone_at=None))


def test_the_record_counts_its_sections(at_desk, patient, entry):
    make_entry(patient, "part", root_id=entry.id)
    make_entry(patient, "gone", withdrawn_at=NOW, withdrawn_because="not in the extract")
    page = at_desk.get(page_of(patient, "record/")).text
    assert page.count("1 entry") == 1
    assert page.count("0 entries") == 6


def test_staff_see_what_nobody_else_does_and_why(at_desk, patient):
    """R2.2, R1.10, R2.4, R7.3"""
    make_entry(
        patient, "e2", title="Recall", kind="diary", released=False, unreleased_because="diary"
    )
    make_entry(
        patient, "e3", title="Kept back", released=False, unreleased_because="source-withheld"
    )
    make_entry(patient, "e4", title="Old", withdrawn_at=NOW, withdrawn_because="not in the extract")
    make_entry(patient, "e5", title="Years ago", level_needed=Level.FULL, recorded_at=None)
    make_entry(patient, "e6", title="From before", origin="transferred")
    page = at_desk.get(page_of(patient, "record/consultations/")).text
    for words in (
        "Recall",
        "Diary entry: never shown online",
        "Withheld by the source",
        "Gone from the source since 3 June 2024",
        "Years ago",
        "Not known",
        "Another surgery",
    ):
        assert words in page


def test_a_section_comes_in_pages_of_fifty(at_desk, patient):
    for number in range(51):
        make_entry(patient, f"e{number}", title=f"no {number}.", position=number)
    first, second = (
        at_desk.get(page_of(patient, f"record/consultations/?page={n}")).text for n in (1, 2)
    )
    assert "no 49." in first
    assert "no 50." not in first
    assert "no 50." in second


def test_there_are_seven_sections(at_desk, patient):
    assert at_desk.get(page_of(patient, "record/secrets/")).status_code == 404
    assert "holds nothing" in at_desk.get(page_of(patient, "record/documents/")).text


def test_the_sources_own_warning_is_shown_to_staff(at_desk, patient):
    """R2.6"""
    with rows_of(patient.pk):
        SectionNotice.objects.create(
            patient=patient, section="documents", code="confidential-items",
            source_text="Items excluded", given_at=NOW,
        )  # fmt: skip
    assert "Items excluded" in at_desk.get(page_of(patient, "record/documents/")).text


def test_one_entry_shows_all_that_is_held_in_text_that_cannot_run(at_desk, patient):
    """R7.7"""
    other = make_entry(patient, "c1", kind="condition", section="health-conditions", title="Asthma")
    entry = make_entry(
        patient, "e2", kind="consultation", title="Surgery visit",
        effective_on=date(2024, 3, 1), effective_precision="month",
        details={
            "encounter_type": "Face to face",
            "authors": [{"name": "Dr Fairsample", "role": "GP"}],
            "topics": [{"title": "Breathing", "headings": [{"title": "History", "items": [{"entry": str(other.id)}]}]}],
        },
        free_text={"notes": ["<script>alert(1)</script>"]},
    )  # fmt: skip
    make_entry(
        patient, "e3", root_id=entry.id, title="Peak flow", position=1,
        details={"value": {"number": "400", "unit": "L/min"}, "ranges": RANGES},
    )  # fmt: skip
    with rows_of(patient.pk):
        Document.objects.create(
            patient=patient, entry_id=entry.id, position=0, title="Scan", size=12
        )
    page = at_desk.get(of_entry(entry)).text
    for words in (
        "March 2024",
        "Face to face",
        "Dr Fairsample, GP",
        "Breathing, History, Asthma",
        "400 L/min",
        "350 to 500",
        "up to 9 mmol/L, adults",
        "from 2",
        "see the note",
        "Scan, 12 bytes",
    ):
        assert words in page
    assert of_entry(other) in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (Condition(significance="major", status="inactive", asserter=Author(name="Dr Fairsample")),
         [("Significance", ["Significant"]), ("Status", ["Past"]), ("Written by", ["Dr Fairsample"])]),
        (Condition(significance="odd"), [("Significance", ["odd"])]),
        (Medicine(status="active"), []),
        (Medicine(status="stopped", prescription_type="acute"),
         [("Type", ["Acute (short term)"]), ("Status", ["Stopped"])]),
        (Report(status="unknown"), []),
        (Observation(status="preliminary"), [("Status", ["Preliminary"])]),
        (Observation(status="final"), []),
        (Allergy(categories=["food", "else"], certainty="unconfirmed"), [("Kind", ["Food", "else"])]),
    ],
)  # fmt: skip
def test_what_only_programs_know_is_said_in_words_or_left_out(content, lines):
    """R6.4, R6.8: what nobody put into words is shown as it came, so that staff read all of it."""
    assert lines_held(SimpleNamespace(content=content, words=None), {}) == lines


def test_words_are_of_fields_that_there_are():
    fields = {name for kind in (*CONTENT_BY_KIND.values(), *FREE_TEXT_BY_KIND.values())
              for name in kind.__struct_fields__}  # fmt: skip
    assert LABELS.keys() <= fields
    assert all(name in kind.__struct_fields__ for kind, name in WORDS)


def test_a_part_has_its_own_date_beside_it(at_desk, patient, entry):
    """R1.1: what is reviewed is also of the day on which it happened."""
    make_entry(patient, "part", root_id=entry.id, title="Infarction", effective_on=date(2004, 1, 1),
               effective_precision="year")  # fmt: skip
    page = at_desk.get(of_entry(entry)).content.decode()
    assert "2004" in page.split("Infarction</h3>")[1].split("<h2>")[0]


def test_a_part_is_shown_with_its_entry(at_desk, patient, entry):
    part = make_entry(patient, "part", root_id=entry.id)
    assert at_desk.get(of_entry(part)).url == of_entry(entry)
    assert at_desk.get(of_entry(part, "hide")).url == of_entry(entry, "hide")


def test_an_entry_of_another_patient_is_not_here(at_desk, patient, other_patient):
    entry = make_entry(other_patient)
    wrong = f"entries/{entry.id}/"
    for rest in (wrong, wrong + "hide", f"entries/{uuid4()}/"):
        assert at_desk.get(page_of(patient, rest)).status_code == 404


def test_an_entry_is_hidden_from_everyone(at_desk, imogen, patient, entry):
    """R2.1: reason, who and when."""
    assert hide(at_desk, entry).url == of_entry(entry)
    (redaction,) = hidings(patient)
    assert (redaction.audience, redaction.reason, redaction.hidden_by_id) == (
        "everyone",
        "Harm",
        imogen.pk,
    )
    page = at_desk.get(of_entry(entry)).text
    assert "Hidden from everyone online" in page
    assert "imogen@example.test" in page
    assert (
        "Hidden from everyone online" in at_desk.get(page_of(patient, "record/consultations/")).text
    )
    with rows_of(patient.pk):
        event = AuditEvent.objects.get(patient_id=patient.pk, action="entry hidden")
    assert (event.actor_id, event.duty) == (imogen.pk, Duty.REVIEW_ENTRIES)
    assert "Harm" not in str(event.details)


def test_an_entry_is_hidden_from_one_of_this_patients_proxies(
    at_desk, patient, entry, proxy_user, proxy_grant
):
    """R2.2"""
    hide(at_desk, entry, audience="one-proxy", proxy=proxy_user.pk)
    assert hidings(patient)[0].proxy_id == proxy_user.pk
    assert "Hidden from Cara Helper" in at_desk.get(of_entry(entry)).text


def test_a_proxy_is_named_only_for_one_proxy(at_desk, patient, entry, proxy_user, proxy_grant):
    hide(at_desk, entry, audience="proxies", proxy=proxy_user.pk)
    assert hidings(patient)[0].proxy_id is None


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"reason": ""}, "Enter the reason for hiding this"),
        ({"audience": ""}, "Choose who should not see this"),
        ({"audience": "one-proxy"}, "Choose which proxy this is hidden from"),
        (
            {"audience": "one-proxy", "proxy": "5e0e0c7e-0000-0000-0000-000000000000"},
            "Choose one of the answers",
        ),
    ],
)
def test_a_hiding_that_cannot_be_says_why(at_desk, patient, entry, proxy_grant, answers, words):
    response = hide(at_desk, entry, **answers)
    assert response.status_code == 422
    assert words in response.text
    assert hidings(patient) == []


def test_without_proxies_nobody_is_asked_which(at_desk, entry):
    assert "Which proxy?" not in at_desk.get(of_entry(entry, "hide")).text
    assert hide(at_desk, entry, audience="one-proxy").status_code == 422


def test_hiding_twice_from_the_same_people_is_refused(at_desk, entry):
    hide(at_desk, entry)
    response = hide(at_desk, entry)
    assert response.status_code == 422
    assert "This is hidden already" in response.text


def test_the_form_warns_of_what_absence_tells(at_desk, entry):
    """R2.5"""
    page = at_desk.get(of_entry(entry, "hide")).text
    assert "can itself tell an abuser" in page
    assert "So can a medicine" in page


def test_an_entry_is_shown_again_and_the_hiding_stays_on_file(at_desk, imogen, patient, entry):
    """R2.1"""
    hide(at_desk, entry)
    (redaction,) = hidings(patient)
    for _ in range(2):
        response = at_desk.post(of_entry(entry, "unhide"), {"redaction": redaction.id})
        assert response.url == of_entry(entry)
    assert hidings(patient) == []
    with rows_of(patient.pk):
        redaction = Redaction.objects.get(patient=patient)
        assert redaction.undone_by_id == imogen.pk
        assert (
            AuditEvent.objects.filter(patient_id=patient.pk, action="entry shown again").count()
            == 1
        )
    page = at_desk.get(of_entry(entry)).text
    assert "The entry is shown again to everyone online" in page
    assert "Hidden from" not in page


@pytest.mark.parametrize("redaction", ["", "x", "5e0e0c7e-0000-0000-0000-000000000000"])
def test_only_a_hiding_of_this_entry_can_be_undone(at_desk, patient, entry, redaction):
    other = make_entry(patient, "other")
    hide(at_desk, other)
    for wanted in (redaction, hidings(patient)[0].id):
        assert at_desk.post(of_entry(entry, "unhide"), {"redaction": wanted}).status_code == 404
    assert len(hidings(patient)) == 1
    assert at_desk.get(of_entry(entry, "unhide")).status_code == 405


def test_a_row_that_repeats_a_hidden_entry_is_marked(at_desk, patient, entry):
    make_entry(patient, "again", title="The same", repeats_id=entry.id)
    hide(at_desk, entry)
    assert (
        "Hidden with the entry that it repeats"
        in at_desk.get(page_of(patient, "record/consultations/")).text
    )


def test_what_staff_hide_the_patient_does_not_see(at_desk, patient, patient_user, entry):
    """R2.3: the page acts on the one filter."""
    access = record_access(access_of(patient_user, patient.pk, on=TODAY))
    with rows_of(patient.pk):
        assert Entry.objects.visible_to(access).count() == 1
    hide(at_desk, entry)
    with rows_of(patient.pk):
        assert Entry.objects.visible_to(access).count() == 0


def test_a_page_of_entries_costs_the_same_however_many_are_hidden(
    at_desk, patient, django_assert_max_num_queries
):
    page = page_of(patient, "record/consultations/")
    entries = [make_entry(patient, f"e{number}") for number in range(4)]
    hide(at_desk, entries[0])
    counts = []
    for rest in (entries[1:2], entries[2:]):
        with django_assert_max_num_queries(30) as queries:
            at_desk.get(page)
        counts.append(len(queries))
        for entry in rest:
            hide(at_desk, entry)
    assert counts == [20, 20]  # three of them for the message that hiding left in the session
