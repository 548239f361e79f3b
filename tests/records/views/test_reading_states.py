"""What a reader is told about what they do not see, and the ways on from each page (R6.2, R5.5)."""

import re
from datetime import date

import pytest
from django.urls import reverse
from time_machine import travel

from audit.row_security import rows_of
from records.models import OpenedResult
from surgeries.terms import Section
from tests.cast import make_entry, make_grant, make_proxy_grant
from tests.clock import NOW
from tests.crawling import walk
from tests.records.takeaway.copies import content, made, text_of
from tests.records.views.record import (
    cover,
    entry_of,
    hide_from,
    home_of,
    make_allergy,
    make_medicine,
    make_part,
    make_report,
    reader,
    section_of,
)

pytestmark = pytest.mark.django_db

OLDER = "Your surgery shows entries added since 31 October 2023"
OLDER_NOTES = "entries from before 31 October 2023 without the notes"
NOTES = "Your surgery shows entries without the notes"


@pytest.fixture
def live_proxy(patient, proxy_user):
    make_proxy_grant(
        patient, proxy_user, ends_on=None, open_ended_because="For a test", scopes=list(Section)
    )
    return proxy_user


@pytest.mark.parametrize(
    ("current", "historical", "section", "told"),
    [
        ("full", "full", "consultations", ""),
        ("full", "summary", "consultations", OLDER),
        ("full", "summary", "allergies", OLDER_NOTES),
        ("full", "none", "allergies", OLDER_NOTES),
        ("full", "summary", "medicines", ""),
        ("full", "detailed", "test-results", OLDER_NOTES),
        ("full", "detailed", "documents", OLDER),
        ("full", "documents", "documents", OLDER_NOTES),
        ("detailed", "detailed", "health-conditions", NOTES),
        ("detailed", "summary", "health-conditions", OLDER),
        ("detailed", "none", "allergies", NOTES),
    ],
)
def test_a_section_says_what_level_and_date_keep_from_it_and_where_to_ask(
    client, patient, patient_user, current, historical, section, told
):
    make_grant(patient, current=current, historical=historical)
    page = reader(client, patient_user, patient).get(section_of(patient, section)).text
    for words in (OLDER, OLDER_NOTES, NOTES):
        assert (words in page) is (words == told)
    assert (f'href="/records/{patient.pk}/full-record">Ask for' in page) is bool(told)


def card_of(page, section):
    """What the home's card of a section says below its name."""
    card = page.split(f'/{section}">{Section(section).label}</a></h3>')[1].split("</li>")[0]
    return " ".join(re.sub("<[^>]+>", " ", card).split())


LONG_AGO = NOW.replace(year=2015)
NOTHING = "Nothing recorded"
NOTHING_SINCE = "Nothing added since 31 October 2023"
NOT_OPEN = "Anything older is not open to you online."


@pytest.mark.parametrize(
    ("current", "historical", "section", "is_open"),
    [
        ("full", "summary", "consultations", False),
        ("full", "none", "test-results", False),
        ("full", "detailed", "documents", False),
        ("full", "detailed", "consultations", True),
        ("full", "full", "consultations", True),
        ("detailed", "detailed", "health-conditions", True),
    ],
)
@pytest.mark.parametrize("held", ["nothing", "older", "hidden"])
def test_where_only_what_is_older_is_closed_nothing_means_nothing_since_then(
    client, patient, patient_user, current, historical, section, is_open, held
):
    """R6.2; R2.3: the words are the same whether or not something is kept back or hidden."""
    make_grant(patient, current=current, historical=historical)
    cover(patient)
    if held == "older" and not is_open:
        level = "documents" if section == "documents" else "detailed"
        make_entry(patient, section=section, level_needed=level, recorded_at=LONG_AGO)
    if held == "hidden":
        hide_from(patient, make_entry(patient, section=section))
    reader(client, patient_user, patient)
    card = card_of(client.get(home_of(patient)).text, section)
    assert card == (NOTHING if is_open else f"{NOTHING_SINCE}. {NOT_OPEN}")
    page = client.get(section_of(patient, section)).text.split("<main")[1]
    assert (f">{NOTHING}</h2>" in page) is is_open
    assert (f">{NOTHING_SINCE}</h2>" in page) is not is_open
    assert (NOT_OPEN in page) is not is_open


def test_what_was_added_since_is_not_called_nothing(client, patient, patient_user):
    make_grant(patient, historical="summary")
    cover(patient)
    make_entry(patient, section="consultations")
    reader(client, patient_user, patient)
    assert card_of(client.get(home_of(patient)).text, "consultations") == ""
    assert NOTHING_SINCE not in client.get(section_of(patient, "consultations")).text


def test_of_what_does_not_depend_on_dates_nothing_is_nothing(client, patient, patient_user):
    """R1.8."""
    make_grant(patient, historical="none")
    cover(patient)
    page = reader(client, patient_user, patient).get(home_of(patient)).text
    assert {card_of(page, each) for each in ("allergies", "medicines")} == {NOTHING}


@pytest.mark.parametrize("historical", ["summary", "detailed"])
def test_a_proxy_is_told_none_of_it(client, patient, live_proxy, historical):
    """R4.11."""
    make_grant(patient, historical=historical)
    cover(patient)
    reader(client, live_proxy, patient)
    for address in (home_of(patient), *(section_of(patient, each) for each in Section)):
        page = client.get(address).text
        assert "Your surgery" not in page
        assert NOTHING_SINCE not in page
        main = page.split("<main")[1].split("</main>")[0]
        assert "/surgeries/" not in main
        assert "full-record" not in main


def test_a_page_of_many_says_which_entries_are_on_it(client, open_to_patient, patient_user):
    for number in range(30):
        make_entry(open_to_patient, f"e{number}")
    reader(client, patient_user, open_to_patient)
    address = section_of(open_to_patient, "consultations")
    assert "Page 1: entries 1 to 25. There are more on the next page." in client.get(address).text
    assert "Page 2: entries 26 to 30. These are the last." in client.get(address + "?page=2").text


def test_what_fits_one_page_is_not_numbered(client, open_to_patient, patient_user):
    make_entry(open_to_patient)
    reader(client, patient_user, open_to_patient)
    assert "Page 1" not in client.get(section_of(open_to_patient, "consultations")).text


LINKS = (
    "timeline",
    "tests",
    "measurements",
    "since-you-last-looked",
    "copies",
    "corrections",
    "warn-me",
)


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        (list(Section), {"warn-me"}),
        (["medicines"], {"warn-me", "tests", "measurements"}),
        (["consultations"], {"warn-me", "tests"}),
    ],
)
def test_the_home_leads_a_proxy_to_what_is_open_to_them(
    client, open_to_patient, proxy_user, scopes, missing
):
    make_proxy_grant(
        open_to_patient, proxy_user, ends_on=None, open_ended_because="For a test", scopes=scopes
    )
    page = reader(client, proxy_user, open_to_patient).get(home_of(open_to_patient)).text
    home = home_of(open_to_patient)
    assert {link for link in LINKS if f'href="{home}{link}"' not in page} == missing
    assert f'action="{reverse("records:find", args=[open_to_patient.pk])}"' in page


def test_the_home_leads_the_patient_everywhere(client, open_to_patient, patient_user):
    home = home_of(open_to_patient)
    page = reader(client, patient_user, open_to_patient).get(home).text
    assert [link for link in LINKS if f'href="{home}{link}"' not in page] == []


def test_who_may_see_no_section_more_is_told_where_to_ask(client, patient, patient_user):
    make_grant(patient, historical="full", restricted_sections=["documents"])
    page = reader(client, patient_user, patient).get(home_of(patient)).text
    assert "To see a part that is not open to you" in page
    refused = client.get(section_of(patient, "documents"))
    assert refused.status_code == 403
    assert f"/records/{patient.pk}/full-record" in refused.text


@pytest.fixture
def flagged(open_to_patient):
    """A measurement of a consultation that is marked, the consultation, and a problem linked with it."""
    root = make_entry(open_to_patient, "root", kind="consultation", title="Surgery visit")
    details = {"value": {"number": "987.65", "unit": "U/L"}, "flags": [{"words": "Too high"}]}
    part = make_part(
        root, "part", 1, kind="observation", title="Enzyme level", details=details, flagged=True
    )
    root.details = {"topics": [{"headings": [{"items": [{"entry": str(part.id)}]}]}]}
    with rows_of(open_to_patient.pk):
        root.save()
    alone = make_entry(
        open_to_patient, "alone", title="Lone level", details=details, flagged=True,
        effective_on=date(2024, 5, 1), effective_precision="day",
    )  # fmt: skip
    problem = make_entry(
        open_to_patient, "problem", section="health-conditions", kind="condition", title="Problem",
        details={"related": [{"entry": str(alone.id)}]},
    )  # fmt: skip
    return root, part, alone, problem


def test_what_is_sealed_is_named_and_not_told(client, open_to_patient, patient_user, flagged):
    """R5.5: in a consultation, in a list, and where something else links to it."""
    root, part, alone, problem = flagged
    reader(client, patient_user, open_to_patient)
    for address, named in (
        (entry_of(root), part),
        (section_of(open_to_patient, "consultations"), alone),
        (entry_of(problem), alone),
    ):
        page = client.get(address).text
        assert f'<a href="{entry_of(named)}">{named.title}</a>' in page
        assert "Open when you are ready" in page
        assert not [words for words in ("987.65", "Too high", "abnormal") if words in page]


def test_what_stands_below_a_sealed_report_is_named_nowhere(client, open_to_patient, patient_user):
    """R5.5: a visit or a condition that is linked with one result of it leads there without its name."""
    report = make_report(open_to_patient)
    part = make_part(report, "p", 1, title="SECRET TEST", flagged=True)
    link = {"entry": str(part.id)}
    topics = [{"headings": [{"items": [link]}]}]
    make_entry(
        open_to_patient, "visit", kind="consultation", title="Visit", details={"topics": topics}
    )
    make_entry(
        open_to_patient, "problem", section="health-conditions", kind="condition",
        details={"related": [link]},
    )  # fmt: skip
    pages = walk(reader(client, patient_user, open_to_patient), open_to_patient)
    assert not [path for path, page in pages.items() if "SECRET TEST" in page.body]
    to_report = f'<a href="{entry_of(report)}">Test result</a>'
    assert sum(to_report in page.body for page in pages.values()) == 2
    with travel(NOW, tick=False):
        summary = content(made(open_to_patient, patient_user, "summary")).decode()
        pdf = text_of(content(made(open_to_patient, patient_user)))
    assert "Visit" in summary
    assert "SECRET TEST" not in summary + pdf
    assert "Test result" in pdf


def test_a_sealed_entry_or_part_leads_to_the_page_before_it(
    client, open_to_patient, patient_user, flagged
):
    _, part, alone, _ = flagged
    reader(client, patient_user, open_to_patient)
    for sealed in (part, alone):
        before = reverse("records:before-result", args=[open_to_patient.pk, sealed.id])
        assert client.get(entry_of(sealed))["Location"] == before


def test_what_was_opened_reads_like_anything_else(client, open_to_patient, patient_user, flagged):
    root, part, alone, _ = flagged
    with rows_of(open_to_patient.pk):
        for each in (part, alone):
            OpenedResult.objects.create(
                patient=open_to_patient, viewer_id=patient_user.pk, entry_id=each.id, opened_at=NOW
            )
    reader(client, patient_user, open_to_patient)
    for address in (entry_of(root), entry_of(alone)):
        page = client.get(address).text
        assert "987.65" in page
        assert "Open when you are ready" not in page
    assert client.get(entry_of(part))["Location"] == entry_of(root)


def test_a_number_leads_to_itself_over_time(client, open_to_patient, patient_user):
    value = {"value": {"number": "80", "unit": "kg"}}
    weight = make_entry(open_to_patient, "w", title="Weight", details=value)
    words = make_entry(open_to_patient, "s", title="Smoker")
    root = make_entry(open_to_patient, "root", kind="consultation", title="Surgery visit")
    part = make_part(root, "p", 1, kind="observation", title="Weight", details=value)
    reader(client, patient_user, open_to_patient)
    for page, measured in ((weight, weight), (root, part)):
        link = reverse("records:over-time", args=[open_to_patient.pk, measured.id])
        assert f'href="{link}"' in client.get(entry_of(page)).text
    assert "over-time" not in client.get(entry_of(words)).text


@pytest.mark.parametrize(
    ("made", "allowed", "told"),
    [(4, 6, "2 of 6 issues left"), (0, 1, "1 of 1 issue left"), (6, 6, "0 of 6 issues left"),
     (7, 6, ""), (4, None, ""), (None, 6, "")],
)  # fmt: skip
def test_issues_left_are_said_only_where_both_numbers_are_given(
    client, open_to_patient, patient_user, made, allowed, told
):
    given = {"issues_made": made, "issues_allowed": allowed}
    details = {name: number for name, number in given.items() if number is not None}
    medicine = make_medicine(open_to_patient, details=details)
    reader(client, patient_user, open_to_patient)
    for address in (section_of(open_to_patient, "medicines"), entry_of(medicine)):
        page = client.get(address).text
        assert (
            (told in page) if told else ("left" not in page.split("<main")[1].split("</main>")[0])
        )


def test_nothing_is_left_of_a_medicine_that_was_stopped(client, open_to_patient, patient_user):
    details = {"status": "stopped", "issues_made": 1, "issues_allowed": 6}
    medicine = make_medicine(open_to_patient, details=details)
    reader(client, patient_user, open_to_patient)
    for address in (section_of(open_to_patient, "medicines"), entry_of(medicine)):
        assert "issues left" not in client.get(address).text


@pytest.mark.parametrize("certainty", ["unconfirmed", "confirmed"])
def test_an_allergy_has_reaction_severity_and_certainty_in_words(
    client, open_to_patient, patient_user, certainty
):
    """Every allergy of GP Connect comes as unconfirmed: to say so would read like a doubt, so it is not said."""
    details = {
        "status": "active", "certainty": certainty, "criticality": "unable-to-assess",
        "categories": ["medication"], "reactions": [{"manifestations": ["Rash"], "severity": "mild"}],
    }  # fmt: skip
    allergy = make_allergy(open_to_patient, details=details)
    reader(client, patient_user, open_to_patient)
    page = client.get(section_of(open_to_patient, "allergies")).text
    assert "Reaction: Rash, mild" in page
    assert ("Certainty: confirmed" in page) == (certainty == "confirmed")
    page += client.get(entry_of(allergy)).text
    assert (">Confirmed<" in page) == (certainty == "confirmed")
    assert "not confirmed" not in page.lower()
    assert not [
        words for words in ("unconfirmed", "unable-to-assess", "edication<") if words in page
    ]


@pytest.mark.parametrize(
    ("section", "kind", "title"),
    [
        ("consultations", "consultation", "Consultation"),
        ("documents", "document", "Document without a title"),
        ("consultations", "observation", "Entry without a title"),
    ],
)
def test_what_has_no_title_says_what_it_is(
    client, open_to_patient, patient_user, section, kind, title
):
    cover(open_to_patient)
    entry = make_entry(open_to_patient, section=section, kind=kind, title="")
    reader(client, patient_user, open_to_patient)
    assert f">{title}</a>" in client.get(section_of(open_to_patient, section)).text
    assert f">{title}</h1>" in client.get(entry_of(entry)).text


def test_a_report_without_a_title_does_too(client, open_to_patient, patient_user):
    make_report(open_to_patient, title=" ")
    reader(client, patient_user, open_to_patient)
    assert ">Test report</a>" in client.get(section_of(open_to_patient, "test-results")).text
