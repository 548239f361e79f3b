"""What is hidden leaves no trace: pages are those of a patient who never had it (R2.3)."""

import pytest

from audit.row_security import rows_of
from records.models import Document
from surgeries.terms import Section
from tests.cast import make_entry, make_proxy_grant
from tests.clock import NOW
from tests.records.views.record import (
    cover,
    entry_of,
    hide_from,
    home_of,
    make_allergy,
    make_medicine,
    make_part,
    make_report,
    page_of,
    reader,
    section_of,
)

pytestmark = pytest.mark.django_db

MADE = {
    "allergies": make_allergy,
    "medicines": make_medicine,
    "test-results": make_report,
    "consultations": make_entry,
}


def all_pages(client, patient):
    addresses = [home_of(patient), *(section_of(patient, section) for section in Section)]
    return [page_of(client, address) for address in addresses]


@pytest.fixture
def reading(client, open_to_patient, patient_user):
    cover(open_to_patient)
    client.get("/")
    reader(client, patient_user, open_to_patient)
    return client


@pytest.mark.parametrize("section", MADE)
@pytest.mark.parametrize("others", [0, 25])
def test_a_hidden_entry_changes_no_page(reading, open_to_patient, section, others):
    """Alone in its section, or on the edge of a page."""
    for number in range(others):
        MADE[section](open_to_patient, f"other{number}")
    before = all_pages(reading, open_to_patient)
    hidden = MADE[section](open_to_patient, "hidden")
    make_part(hidden, "part", 1, kind="observation")
    hide_from(open_to_patient, hidden)
    assert all_pages(reading, open_to_patient) == before
    assert reading.get(entry_of(hidden)).status_code == 404


@pytest.mark.parametrize("reason", ["source-withheld", "draft", "not-filed"])
def test_what_was_never_released_changes_no_page(reading, open_to_patient, reason):
    """R1.10, R2.4."""
    before = all_pages(reading, open_to_patient)
    held = make_medicine(open_to_patient, released=False, unreleased_because=reason)
    assert all_pages(reading, open_to_patient) == before
    assert reading.get(entry_of(held)).status_code == 404


def test_what_is_hidden_from_proxies_is_hidden_from_them_alone(
    client, open_to_patient, patient_user, proxy_user
):
    """R2.2."""
    make_proxy_grant(open_to_patient, proxy_user, ends_on=None, open_ended_because="For a test")
    cover(open_to_patient)
    reader(client, proxy_user, open_to_patient)
    before = all_pages(client, open_to_patient)
    hidden = make_medicine(open_to_patient)
    hide_from(open_to_patient, hidden, audience="proxies")
    assert all_pages(client, open_to_patient) == before
    assert client.get(entry_of(hidden)).status_code == 404
    reader(client, patient_user, open_to_patient)
    assert client.get(entry_of(hidden)).status_code == 200


@pytest.fixture
def consultation(open_to_patient):
    """A consultation about a problem: two items under headings, one of them a medicine."""
    problem = make_entry(
        open_to_patient, "problem", section="health-conditions", kind="condition", title="Migraine"
    )
    medicine = make_medicine(open_to_patient)
    root = make_entry(open_to_patient, "root", kind="consultation", title="Surgery visit")
    part = make_part(root, "part", 1, kind="observation", title="Headache")
    items = [{"entry": str(part.id)}]
    root.details = {
        "topics": [
            {
                "title": "A name that only the problem may give",
                "problem": {"entry": str(problem.id)},
                "headings": [
                    {"title": "History", "items": items},
                    {"title": "Medication", "items": [{"entry": str(medicine.id)}]},
                ],
            },
            {"title": "Empty topic", "headings": [{"title": "Plan", "items": []}]},
        ]
    }
    with rows_of(open_to_patient.pk):
        root.save()
    return root, part, problem, medicine


def test_a_consultation_keeps_the_sources_order(reading, consultation):
    """R6.3."""
    root, part, problem, medicine = consultation
    page = page_of(reading, entry_of(root))
    order = ["Migraine", "History", "Headache", "Medication", medicine.title]
    places = [page.index(f">{words}") for words in order]
    assert places == sorted(places)
    assert "Empty topic" not in page
    assert reading.get(entry_of(part))["Location"] == entry_of(root)
    assert entry_of(problem) in page
    assert entry_of(medicine) in page


@pytest.mark.parametrize(
    ("hidden", "gone", "kept"),
    [
        (2, ["Migraine", "A name"], ["History", "Headache", "Medication"]),
        (3, ["Medication", "Atorvastatin"], ["Migraine", "History", "Headache"]),
    ],
)
def test_what_refers_to_something_hidden_does_not_name_it(
    reading, open_to_patient, consultation, hidden, gone, kept
):
    hide_from(open_to_patient, consultation[hidden])
    page = page_of(reading, entry_of(consultation[0]))
    assert not [words for words in gone if words in page]
    assert not [words for words in kept if words not in page]


def below(group):
    """The content of a result in a group."""
    return {"group": {"entry": str(group.id)}}


def test_a_heading_over_hidden_results_is_left_out(reading, open_to_patient):
    """R2.3: nor does a result of no group come to stand below it, nor a comment without words."""
    report = make_report(open_to_patient)
    withheld = {"released": False, "unreleased_because": "source-withheld"}
    liver = make_part(report, "g1", 1, kind="result-group", title="Liver function")
    make_part(report, "p1", 2, title="Enzyme seventeen", details=below(liver), **withheld)
    make_part(report, "p3", 3, kind="comment", title="Comment", details=below(liver))
    make_part(report, "p4", 4, title="Ferritin")
    kidney = make_part(report, "g2", 5, kind="result-group", title="Kidney function")
    make_part(report, "p2", 6, title="Creatinine", details=below(kidney))
    make_part(report, "p5", 7, title="Vitamin D")
    for address in (entry_of(report), section_of(open_to_patient, "test-results")):
        page = page_of(reading, address)
        assert not [words for words in ("Liver function", "Enzyme seventeen") if words in page]
        order = ["Ferritin", "Vitamin D", "Kidney function", "Creatinine"]
        places = [page.index(f">{words}") for words in order]
        assert places == sorted(places)


def test_groups_of_results_in_a_circle_do_not_break_the_page(reading, open_to_patient):
    report = make_report(open_to_patient)
    one = make_part(report, "g1", 1, kind="result-group", title="One")
    other = make_part(report, "g2", 2, kind="result-group", title="Other", details=below(one))
    one.details = below(other)
    with rows_of(open_to_patient.pk):
        one.save()
    assert reading.get(entry_of(report)).status_code == 200


def test_an_attachment_that_was_taken_back_is_not_named(reading, open_to_patient):
    """R7.3."""
    letter = make_entry(
        open_to_patient, "d1", section="documents", kind="document", level_needed="documents"
    )
    with rows_of(open_to_patient.pk):
        for position, title in enumerate(["Clinic letter", "Refuge letter"]):
            Document.objects.create(
                patient=open_to_patient, entry_id=letter.id, position=position, title=title,
                source_url="https://gp.example/Binary/1", withdrawn_at=NOW if position else None,
            )  # fmt: skip
    for address in (entry_of(letter), section_of(open_to_patient, "documents")):
        page = page_of(reading, address)
        assert "Clinic letter" in page
        assert "Refuge letter" not in page


def test_a_part_of_a_hidden_entry_answers_404(reading, open_to_patient):
    report = make_report(open_to_patient)
    part = make_part(report, "p1", 1)
    hide_from(open_to_patient, report)
    assert reading.get(entry_of(part)).status_code == 404


def test_every_kind_of_item_reads_in_a_consultation(reading, open_to_patient):
    notes, kinds = {"notes": ["Typed"]}, ("observation", "comment", "referral", "procedure")
    for number, kind in enumerate(kinds):
        root = make_entry(open_to_patient, f"c{number}", kind="consultation", title="Surgery visit")
        words = {"text": "Typed"} if kind == "comment" else notes
        words = {"comment": "Typed"} if kind == "observation" else words
        make_part(root, f"p{number}", 1, kind=kind, title="An item", free_text=words)
        assert "Typed" in page_of(reading, entry_of(root))
