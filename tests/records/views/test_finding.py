"""The pages to find something and to go through a record by date, as each of the cast."""

import re
from datetime import date

import pytest
from django.urls import reverse
from time_machine import travel

from audit.models import AuditEvent
from audit.row_security import rows_of
from records.importing.words import index_record
from surgeries.terms import Level, Section
from tests.cast import make_entry, make_grant, make_proxy_grant, sign_in
from tests.clock import NOW
from tests.records.views.record import hide_from, make_medicine, make_part, make_report, reader

pytestmark = pytest.mark.django_db
PAGES = ("find", "found", "timeline")


@pytest.fixture(autouse=True)
def _record(patient):
    with travel(NOW, tick=False):
        make_grant(patient)
        yield


def at(patient, name):
    return reverse(f"records:{name}", args=[patient.pk])


def ask(client, patient, words, **more):
    index_record(patient)
    return client.post(at(patient, "find"), {"words": words, **more})


def find(client, patient, words, **more):
    response = ask(client, patient, words, **more)
    assert response.status_code == 302
    assert response["Location"] == at(patient, "found")
    return client.get(at(patient, "found"))


def text_of(response):
    main = re.search(r"<main\b.*?</main>", response.content.decode(), re.S)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", main)).strip()


@pytest.mark.parametrize("name", PAGES)
def test_only_who_may_open_the_record_comes_in(
    client, patient, patient_user, stranger, staff, proxy_user, name
):
    """Signed out, a stranger, staff without the door, and somebody whose grant has ended."""
    assert client.get(at(patient, name))["Location"].startswith("/sign-in")
    for user in (stranger, staff, proxy_user):
        assert sign_in(client, user).get(at(patient, name)).status_code == 404
        assert client.post(at(patient, "find"), {"words": "asthma"}).status_code == 404
    make_proxy_grant(patient, proxy_user, ends_on=date(2024, 2, 1))
    assert sign_in(client, proxy_user).get(at(patient, name)).status_code in {403, 404}


@pytest.mark.parametrize("name", PAGES)
def test_the_warnings_come_first(client, patient, patient_user, name):
    response = sign_in(client, patient_user).get(at(patient, name))
    assert "before-you-open" in response["Location"]
    sent = client.post(at(patient, "find"), {"words": "asthma"})
    assert "before-you-open" in sent["Location"]
    assert "asthma" not in sent["Location"]


def test_a_patient_finds_an_entry_and_the_words_are_marked(client, patient, patient_user):
    entry = make_entry(patient, title="Asthma review", free_text={"comment": "Blue inhaler <b>"})
    client = reader(client, patient_user, patient)
    assert client.get(at(patient, "find")).status_code == 200
    page = find(client, patient, "inhaler")
    body = page.content.decode()
    assert f'href="{reverse("records:entry", args=[patient.pk, entry.id])}"' in body
    assert "Notes: Blue <mark>inhaler</mark> &lt;b&gt;" in body
    assert 'value="inhaler"' in body, "what was asked for stands in the box again"


def test_no_words_stand_in_an_address_or_in_the_log(client, patient, patient_user):
    """R9.1 asks that a search is logged, the house that its words are not."""
    for number in range(30):
        make_entry(patient, f"e{number}", title="Chlamydia test")
    client = reader(client, patient_user, patient)
    page = find(client, patient, "chlamydia test")
    addresses = re.findall(r'(?:href|action|src)="([^"]*)"', page.content.decode())
    assert any("page=2" in each for each in addresses)
    assert not any("chlamydia" in each.lower() for each in addresses)
    with rows_of(patient.pk):
        events = list(AuditEvent.objects.filter(patient_id=patient.pk))
    (searched,) = (event for event in events if event.action == "record searched")
    assert searched.details == {"words": 2, "found": 25, "page": 1}
    for event in events:
        assert "chlamydia" not in str(vars(event)).lower()


def test_words_are_kept_for_one_record_and_until_cleared(
    client, patient, other_patient, patient_user
):
    make_proxy_grant(other_patient, patient_user)
    make_grant(other_patient)
    client = reader(client, patient_user, patient)
    ask(client, patient, "asthma")
    other = reader(client, patient_user, other_patient)
    assert other.get(at(other_patient, "found"))["Location"] == at(other_patient, "find")
    reader(client, patient_user, patient)
    assert "asthma" in client.get(at(patient, "found")).content.decode()
    cleared = client.post(at(patient, "find"), {"clear": "yes"})
    assert cleared["Location"] == at(patient, "find")
    assert client.get(at(patient, "found"))["Location"] == at(patient, "find")
    assert "asthma" not in client.get(at(patient, "find")).content.decode()
    assert "asthma" not in str(dict(client.session.items()))


def test_words_are_gone_with_the_session(client, patient, patient_user):
    client = reader(client, patient_user, patient)
    ask(client, patient, "asthma")
    client.logout()
    reader(client, patient_user, patient)
    assert client.get(at(patient, "found"))["Location"] == at(patient, "find")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "Enter what you want to find"),
        ({"words": "  "}, "Enter what you want to find"),
        ({"words": "?!"}, "Enter a word with letters or numbers"),
        ({"words": "a\x00b"}, "Null characters are not allowed"),
        ({"words": "x" * 201}, "must be 200 characters or less"),
        ({"words": "a b c d e f g h i"}, "Enter 8 words or fewer"),
        ({"words": "a", "section": "diary"}, "Choose a part from the list"),
        ({"words": "a", "since-day": "1"}, "The first date must include a month and year"),
        (
            {"words": "a", "since-day": "2", "since-month": "2", "since-year": "2020",
             "until-day": "1", "until-month": "2", "until-year": "2020"},
            "The last date must be the same as or after the first date",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_said(client, patient, patient_user, sent, says):
    response = reader(client, patient_user, patient).post(at(patient, "find"), sent)
    assert response.status_code == 422
    assert says in text_of(response)
    assert "There is a problem" in text_of(response)


@pytest.mark.parametrize(
    "words",
    [
        "'; drop table records_entry; --",
        "%",
        "100%_",
        "\\",
        "\U0001f600 asthma",
        "مرحبا",
        "a" * 200,
    ],
)
def test_odd_words_are_looked_for_like_others(client, patient, patient_user, words):
    make_entry(patient, title="Asthma")
    client = reader(client, patient_user, patient)
    response = ask(client, patient, words)
    assert response.status_code in {302, 422}
    if response.status_code == 302:
        assert client.get(at(patient, "found")).status_code == 200


def test_nothing_found_is_not_nothing_there(client, patient, patient_user):
    page = find(reader(client, patient_user, patient), patient, "zebra")
    assert "We found no entry with “zebra”" in text_of(page)
    assert "That does not mean that it never happened" in text_of(page)


def test_a_patient_is_told_that_older_parts_are_closed_and_a_proxy_is_not(
    client, patient, patient_user, proxy_user, proxy_grant
):
    """R4.11."""
    make_medicine(patient)
    said = "Your surgery shows less of what was added before"
    assert said in text_of(find(reader(client, patient_user, patient), patient, "atorvastatin"))
    page = find(reader(client, proxy_user, patient), patient, "atorvastatin")
    assert "Entry 1. It is the last." in text_of(page)
    assert said not in text_of(page)


def test_a_proxy_finds_nothing_of_other_sections(client, patient, proxy_user, proxy_grant):
    make_medicine(patient)
    make_entry(patient, title="Atorvastatin talked about")
    page = text_of(find(reader(client, proxy_user, patient), patient, "atorvastatin"))
    assert "Atorvastatin 20mg tablets" in page
    assert "talked about" not in page


def test_what_a_filter_leaves_out_is_said(client, patient, patient_user):
    make_entry(
        patient, "1", title="Cough dated", effective_on=date(2020, 5, 5), effective_precision="day"
    )
    make_entry(patient, "2", title="Cough undated")
    client = reader(client, patient_user, patient)
    days = {"since-day": "1", "since-month": "May", "since-year": "2020"}
    page = find(client, patient, "cough", section="consultations", **days)
    text = text_of(page)
    assert "Cough dated" in text
    assert "Cough undated" not in text
    assert "We looked only in Consultations and events from 1 May 2020." in text
    assert "1 entry without a date is not in this list." in text
    undated = text_of(client.get(f"{at(patient, 'found')}?undated=1"))
    assert "Cough undated" in undated
    assert "Cough dated" not in undated


def test_only_a_search_between_dates_speaks_of_dates(client, patient, patient_user):
    make_entry(patient, title="Cough")
    client = reader(client, patient_user, patient)
    said = "An entry with only a month or a year counts"
    assert said not in text_of(find(client, patient, "cough", section="consultations"))
    days = {"since-day": "1", "since-month": "1", "since-year": "2020"}
    assert said in text_of(find(client, patient, "cough", **days))


def test_similar_words_are_found_on_the_next_page_too(client, patient, patient_user):
    for number in range(30):
        make_medicine(patient, f"m{number}", title=f"Paracetamol {number}")
    reader(client, patient_user, patient)
    assert "?page=2" in find(client, patient, "paracetmol").content.decode()
    text = text_of(client.get(at(patient, "found") + "?page=2"))
    assert "Entries 26 to 30" in text
    assert "These have similar words: paracetamol." in text
    assert client.get(at(patient, "found") + "?page=3").status_code == 404


def test_similar_words_are_named_as_such(client, patient, patient_user):
    make_entry(patient, title="Paracetamol")
    hide_from(patient, make_entry(patient, "h", title="Paracetmoll"))
    text = text_of(find(reader(client, patient_user, patient), patient, "paracetmol"))
    assert "No entry that you can see has exactly “paracetmol”." in text
    assert "These have similar words: paracetamol." in text


def test_a_sealed_report_says_only_that_it_waits(client, patient, patient_user):
    """R5.5."""
    report = make_report(patient)
    make_part(
        report, "p", 1, title="Potassium", flagged=True, details={"flags": [{"words": "High"}]}
    )
    client = reader(client, patient_user, patient)
    for page in (find(client, patient, "blood"), client.get(at(patient, "timeline"))):
        text = text_of(page)
        assert "Open when you are ready" in text
        assert "Potassium" not in text
        assert "High" not in text


@pytest.mark.parametrize("page", ["2", "99999", "0", "x", "-1", "٣"])
def test_a_page_that_is_not_there_is_not_found(client, patient, patient_user, page):
    make_entry(patient, title="Asthma")
    client = reader(client, patient_user, patient)
    ask(client, patient, "asthma")
    status = 404 if page in {"2", "99999"} else 200
    assert client.get(f"{at(patient, 'found')}?page={page}").status_code == status
    assert client.get(f"{at(patient, 'timeline')}?page={page}").status_code == status


def test_a_timeline_goes_by_year_and_section(client, patient, patient_user):
    make_grant(patient, Level.FULL, Level.FULL)
    make_entry(
        patient, "1", title="Visit", effective_on=date(2021, 2, 1), effective_precision="month"
    )
    make_medicine(patient, effective_on=date(2019, 1, 1), effective_precision="year")
    make_entry(patient, "3", title="Undated visit")
    client = reader(client, patient_user, patient)
    here = at(patient, "timeline")
    text = text_of(client.get(here))
    assert re.search(r"2021 Visit ?February 2021, Consultations and events", text)
    assert "2019, Medicines" in text
    assert "Unknown date, Consultations" in text
    only = text_of(client.get(f"{here}?section=medicines"))
    assert "Showing only Medicines." in only
    assert "Show everything" in only
    assert "Visit" not in only
    assert "Visit" in text_of(client.get(f"{here}?section=nonsense"))
    assert "February" not in text_of(client.get(f"{here}?year=2019"))
    assert "Undated visit" in text_of(client.get(f"{here}?year=unknown"))


@pytest.mark.parametrize("year", ["0", "10000", "99999999999", "2019x", "-5", "٢٠١٩", "9999"])
def test_a_year_that_is_none_means_the_newest(client, patient, patient_user, year):
    make_entry(patient, title="Visit", effective_on=date(2024, 2, 1), effective_precision="day")
    client = reader(client, patient_user, patient)
    assert "Visit" in text_of(client.get(f"{at(patient, 'timeline')}?year={year}"))


def test_a_proxy_cannot_choose_a_section_out_of_scope(client, patient, proxy_user, proxy_grant):
    make_entry(patient, title="Visit")
    client = reader(client, proxy_user, patient)
    page = client.get(f"{at(patient, 'timeline')}?section={Section.CONSULTATIONS}")
    assert "Visit" not in text_of(page)
    assert "Consultations" not in text_of(page)


def test_a_broken_entry_breaks_no_search(client, patient, patient_user):
    make_entry(patient, title="Asthma", details={"performers": "nonsense", "codes": 7})
    client = reader(client, patient_user, patient)
    assert "Asthma" in text_of(find(client, patient, "asthma"))
    assert "Asthma" in text_of(client.get(at(patient, "timeline")))
