"""Who gets which page of a record, and what it shows."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.test import Client

from audit.models import AuditEvent
from audit.row_security import rows_of
from surgeries.terms import Section
from tests.cast import make_entry, make_grant, make_proxy_grant, make_user, sign_in
from tests.clock import NOW
from tests.records.views.record import (
    agreed,
    cover,
    entry_of,
    home_of,
    make_allergy,
    make_medicine,
    make_part,
    make_report,
    notice,
    reader,
    section_of,
    unmarked,
)

pytestmark = pytest.mark.django_db


def pages_of(patient, entry):
    return [
        home_of(patient),
        *(section_of(patient, section) for section in Section),
        entry_of(entry),
    ]


@pytest.fixture
def live_proxy(patient, proxy_user):
    make_proxy_grant(patient, proxy_user, ends_on=None, open_ended_because="For a test")
    return proxy_user


def test_the_patient_reads_every_page(client, open_to_patient, patient_user):
    medicine = make_medicine(open_to_patient)
    reader(client, patient_user, open_to_patient)
    for address in pages_of(open_to_patient, medicine):
        response = client.get(address)
        assert response.status_code == 200, address
        assert "no-store" in response["Cache-Control"]
        assert "999&nbsp;000&nbsp;0018" in response.content.decode().replace("\xa0", "&nbsp;")
        assert "Acting for" not in response.content.decode()


def test_the_forms_of_a_page_share_one_token(client, open_to_patient, patient_user):
    """It is made once for a page, and another one for the next."""
    reader(client, patient_user, open_to_patient)
    pages = [client.get(home_of(open_to_patient)).content.decode() for _ in range(2)]
    tokens = [re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page) for page in pages]
    assert [len(each) > 2 and len(set(each)) == 1 for each in tokens] == [True, True]
    assert tokens[0][0] != tokens[1][0]


def test_a_proxy_reads_what_is_in_their_scopes(client, open_to_patient, live_proxy):
    medicine, allergy = make_medicine(open_to_patient), make_allergy(open_to_patient)
    reader(client, live_proxy, open_to_patient)
    home = client.get(home_of(open_to_patient)).content.decode()
    assert "Acting for Ada Testwell" in home
    assert medicine.title in home
    assert allergy.title not in home
    assert client.get(section_of(open_to_patient, "medicines")).status_code == 200
    assert client.get(section_of(open_to_patient, "allergies")).status_code == 403
    assert client.get(entry_of(medicine)).status_code == 200
    assert client.get(entry_of(allergy)).status_code == 404


def test_the_surgerys_words_are_on_the_patients_own_home(client, patient, patient_user, live_proxy):
    make_grant(patient, historical="full", reason_for_patient="Words of before")
    make_grant(
        patient, historical="full", reason="Inside words", reason_for_patient="Call <us>\nsoon"
    )
    page = reader(client, patient_user, patient).get(home_of(patient)).text
    assert "From your surgery" in page
    assert "Call &lt;us&gt;<br>soon" in page
    assert "Words of before" not in page
    assert "Inside words" not in page
    page = reader(client, live_proxy, patient).get(home_of(patient)).text
    assert "From your surgery" not in page
    assert "soon" not in page


def test_where_the_surgery_wrote_nothing_nothing_is_said_of_it(
    client, open_to_patient, patient_user
):
    page = reader(client, patient_user, open_to_patient).get(home_of(open_to_patient)).text
    assert "From your surgery" not in page


def test_an_ended_proxy_is_told_no_more_than_that(client, open_to_patient, proxy_user):
    make_proxy_grant(open_to_patient, proxy_user, ends_on=date(2024, 6, 1))
    medicine = make_medicine(open_to_patient)
    reader(client, proxy_user, open_to_patient)
    for address in pages_of(open_to_patient, medicine):
        response = client.get(address)
        assert response.status_code == 403
        assert "Your access to this record has ended" in response.content.decode()
        assert "Ada" not in response.content.decode()


def test_strangers_and_staff_who_are_no_patients_get_404(
    client, open_to_patient, stranger, staff, other_staff
):
    medicine = make_medicine(open_to_patient)
    for user in (stranger, staff, other_staff):
        reader(client, user, open_to_patient)
        for address in pages_of(open_to_patient, medicine):
            assert client.get(address).status_code == 404


def test_who_is_signed_out_is_sent_to_sign_in(client, open_to_patient):
    medicine = make_medicine(open_to_patient)
    for address in pages_of(open_to_patient, medicine):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in")


def test_an_unproved_identity_learns_nothing_of_anyone(client, open_to_patient):
    """R3.1: a record and no record answer alike."""
    user = make_user("claimed@example.test", level="P5")
    reader(client, user, open_to_patient)
    answers = {
        client.get(f"/records/{number}/").status_code for number in (open_to_patient.pk, uuid4())
    }
    assert answers == {403}
    assert "Prove who you are" in client.get(home_of(open_to_patient)).content.decode()


def test_every_page_leads_to_the_warnings_first(client, open_to_patient, patient_user):
    medicine = make_medicine(open_to_patient)
    sign_in(client, patient_user)
    for address in pages_of(open_to_patient, medicine):
        response = client.get(address)
        assert response["Location"] == (
            f"/records/{open_to_patient.pk}/before-you-open/bad-news?next={address}"
        )


@pytest.mark.parametrize(
    ("decision", "words"),
    [("denied", "Your online access is closed"), ("paused", "Your online access is paused")],
)
def test_the_patient_is_told_why_no_page_opens(client, patient, patient_user, decision, words):
    make_grant(patient, current="none", historical="none", decision=decision)
    sign_in(client, patient_user)
    response = client.get(home_of(patient))
    assert response.status_code == 403
    assert words in response.content.decode()


@pytest.mark.parametrize(
    ("decision", "shows"),
    [("denied", True), ("paused", True), ("granted", True), ("declined", False)],
)
def test_the_surgerys_words_stand_where_it_closed_the_record(
    client, patient, patient_user, live_proxy, decision, shows
):
    """R8.2; R4.11: no proxy reads them."""
    said = "We would like to speak to you first.\nCall us"
    if decision == "declined":  # that was the patient, whatever the surgery said before
        make_grant(patient, reason_for_patient=said)
        said = ""
    make_grant(patient, "none", "none", decision=decision, reason="Inside", reason_for_patient=said)
    theirs = sign_in(client, patient_user).get(home_of(patient))
    assert theirs.status_code == 403
    assert ("We would like to speak to you first" in theirs.text) is shows
    assert ("From your surgery" in theirs.text) is shows
    assert "Inside" not in theirs.text
    page = sign_in(Client(), live_proxy).get(home_of(patient))
    assert page.status_code == 403
    assert "speak to you first" not in page.text
    assert "From your surgery" not in page.text


def test_summary_closes_all_but_two_sections(client, patient, patient_user):
    make_grant(patient, current="summary", historical="summary")
    cover(patient)
    reader(client, patient_user, patient)
    home = client.get(home_of(patient)).content.decode()
    assert f'href="/records/{patient.pk}/full-record">ask for your full record</a>' in home
    assert home.count("Not open to you online") == 5
    found = {section: client.get(section_of(patient, section)).status_code for section in Section}
    assert [section for section, status in found.items() if status == 200] == [
        "allergies",
        "medicines",
    ]


def test_a_proxy_is_not_told_that_more_could_be_asked_for(client, patient, live_proxy):
    """R4.11: nor why something is missing."""
    make_grant(patient, current="summary", historical="summary")
    reader(client, live_proxy, patient)
    home = client.get(home_of(patient)).content.decode()
    assert "To see more" not in home


def test_free_text_is_read_at_the_full_level_only(client, patient, patient_user):
    """R1.7."""
    report = make_report(patient)
    values = {"value": {"number": "131", "unit": "g/L"}}
    words = {"comment": "Typed by the laboratory"}
    make_part(report, "p1", 1, details=values, free_text=words)
    reader(client, patient_user, patient)
    for level, is_open in (("detailed", False), ("full", True)):
        make_grant(patient, current=level, historical=level)
        for address in (section_of(patient, "test-results"), entry_of(report)):
            page = client.get(address).content.decode()
            assert "131 g/L" in unmarked(page)
            assert ("Typed by the laboratory" in page) is is_open


def test_sections_stand_in_their_order_with_their_states(client, open_to_patient, patient_user):
    """R6.1, R6.2."""
    cover(open_to_patient, "allergies", "medicines", "immunisations")
    make_medicine(open_to_patient)
    reader(client, patient_user, open_to_patient)
    home = client.get(home_of(open_to_patient)).content.decode()
    parts = home.split("All parts of the record")[1]
    places = [parts.index(f'/{section}"') for section in Section]
    assert places == sorted(places)
    assert parts.count("Nothing recorded") == 2  # allergies, immunisations
    assert parts.count("Information not available") == 4
    assert "does not mean that you have no allergies" in home


@pytest.mark.parametrize(
    ("covered", "not_available", "words"),
    [
        (True, False, "Nothing recorded"),
        (True, True, "Information not available"),
        (False, False, "Information not available"),
    ],
)
def test_nothing_and_not_known_are_told_apart(
    client, open_to_patient, patient_user, covered, not_available, words
):
    if covered:
        cover(open_to_patient)
    if not_available:
        notice(open_to_patient, "immunisations", "not-available")
    reader(client, patient_user, open_to_patient)
    page = client.get(section_of(open_to_patient, "immunisations")).content.decode()
    assert f">{words}</h2>" in page


def test_a_section_that_fails_says_so_and_the_others_work(
    client, open_to_patient, patient_user, caplog
):
    """R6.2: an error is never shown as an empty record."""
    make_allergy(open_to_patient, details={"reactions": "SECRET WORDS"})
    medicine = make_medicine(open_to_patient)
    reader(client, patient_user, open_to_patient)
    home = client.get(home_of(open_to_patient)).content.decode()
    assert home.count("This part could not be shown") == 2
    assert "shown. This does not mean that there are no allergies. Try again later.<" in home
    assert medicine.title in home
    page = client.get(section_of(open_to_patient, "allergies")).content.decode()
    assert "This part could not be shown" in page
    assert f"If you need to know today, ask {open_to_patient.surgery.name}." in page
    assert "SECRET" not in page + caplog.text
    assert client.get(section_of(open_to_patient, "medicines")).status_code == 200


def test_the_sources_warnings_are_said_in_our_words(client, open_to_patient, patient_user):
    """R2.6."""
    make_report(open_to_patient)
    notice(open_to_patient, "test-results", "confidential-items")
    notice(open_to_patient, "test-results", "data-in-transit")
    reader(client, patient_user, open_to_patient)
    page = client.get(section_of(open_to_patient, "test-results")).content.decode()
    assert "Some information in this section may not be shown here." in page
    assert "not yet fully arrived" in page
    assert "SOURCE WORDS" not in page
    assert (
        "may not be shown"
        not in client.get(section_of(open_to_patient, "medicines")).content.decode()
    )


def test_a_list_of_which_nothing_is_known_is_not_called_empty(
    client, open_to_patient, patient_user
):
    """R2.6, R6.2: before any extract came, nobody may take it for no allergies, or for no medicines."""
    reader(client, patient_user, open_to_patient)
    home = client.get(home_of(open_to_patient)).text
    for things in ("allergies", "medicines"):
        assert f"not available. This does not mean that there are no {things}.<" in home


def test_the_home_says_what_a_list_may_lack(client, open_to_patient, patient_user):
    """R2.6, R6.2: whoever reads allergies and medicines there may never come to the page that warns."""
    cover(open_to_patient)
    make_allergy(open_to_patient)
    for section, code in (
        ("allergies", "data-in-transit"),
        ("medicines", "confidential-items"),
        ("documents", "confidential-items"),
    ):
        notice(open_to_patient, section, code)
    reader(client, patient_user, open_to_patient)
    home = unmarked(client.get(home_of(open_to_patient)).text)
    lists, cards = home.split("All parts of the record")
    assert "not yet fully arrived" in lists
    assert lists.count("may not be shown here") == 1
    said = re.findall(
        r'__description">([^<]*)</p>\s*<p class="nhsuk-card__description">Some info', cards
    )
    assert said == ["Nothing recorded", "Nothing recorded"]
    assert "not yet fully arrived" not in cards


def test_the_home_warns_of_no_section_that_is_closed(client, patient, patient_user):
    """R2.3, R4.3: who may not see a part is told nothing of it."""
    make_grant(patient, historical="summary", current="summary")
    notice(patient, "documents", "confidential-items")
    reader(client, patient_user, patient)
    assert "may not be shown" not in client.get(home_of(patient)).text


def test_the_home_warns_a_proxy_of_no_section_beyond_their_own(client, open_to_patient, proxy_user):
    """R2.3, R4.3: also where the home has a list of its own for that section."""
    make_proxy_grant(open_to_patient, proxy_user, ends_on=None, open_ended_because="For a test")
    notice(open_to_patient, "allergies", "confidential-items")
    reader(client, proxy_user, open_to_patient)
    assert "may not be shown" not in client.get(home_of(open_to_patient)).text
    notice(open_to_patient, "medicines", "confidential-items")
    assert "may not be shown" in client.get(home_of(open_to_patient)).text


def test_pages_of_a_section_hold_each_entry_once(client, open_to_patient, patient_user):
    for number in range(60):
        make_entry(open_to_patient, f"e{number}", title=f"Event {number}.")
    reader(client, patient_user, open_to_patient)
    address = section_of(open_to_patient, "consultations")
    pages = [client.get(f"{address}?page={page}").content.decode() for page in (1, 2, 3)]
    assert [page.count("Event ") for page in pages] == [25, 25, 10]
    assert {n for page in pages for n in range(60) if f"Event {n}." in page} == set(range(60))
    assert 'rel="next"' in pages[1]
    assert 'rel="next"' not in pages[2]
    assert client.get(f"{address}?page=4").status_code == 404
    assert client.get(f"{address}?page=nonsense").status_code == 200


def test_hostile_words_are_words(client, open_to_patient, patient_user):
    """R7.7."""
    hostile = "<script>alert(1)</script>"
    made = [
        make_medicine(open_to_patient, title=hostile, details={"dose": hostile}),
        make_allergy(open_to_patient, title=hostile, free_text={"notes": [hostile]}),
        make_entry(open_to_patient, "o", title=hostile, free_text={"comment": hostile}),
    ]
    reader(client, patient_user, open_to_patient)
    addresses = [home_of(open_to_patient), *map(entry_of, made)]
    addresses += [section_of(open_to_patient, each.section) for each in made]
    for address in addresses:
        page = client.get(address).content.decode()
        assert hostile not in page
        assert "&lt;script&gt;alert(1)" in page


def test_an_opening_is_logged_with_section_or_entry(client, open_to_patient, patient_user):
    """R9.1."""
    medicine = make_medicine(open_to_patient)
    reader(client, patient_user, open_to_patient)
    client.get(section_of(open_to_patient, "medicines"))
    client.get(entry_of(medicine))
    with rows_of(open_to_patient.pk):
        opened = AuditEvent.objects.filter(action="record opened", actor_id=patient_user.pk)
        assert [event.object for event in opened.order_by("sequence")] == [
            "section medicines",
            f"entry {medicine.id}",
        ]


def test_the_warnings_of_one_record_do_not_open_another(
    client, open_to_patient, patient_user, stranger
):
    sign_in(client, patient_user)
    agreed(client, stranger.online_registrations.get().patient)
    assert client.get(home_of(open_to_patient)).status_code == 302


def test_recorded_before_the_start_is_older(client, patient, patient_user):
    make_grant(patient, current="full", historical="summary")
    old = make_entry(patient, "old", recorded_at=NOW.replace(year=2015), title="From 2015")
    new = make_entry(patient, "new", title="From 2024")
    reader(client, patient_user, patient)
    page = client.get(section_of(patient, "consultations")).content.decode()
    assert new.title in page
    assert old.title not in page
    assert "Your surgery shows entries added since 31 October 2023" in page
    assert client.get(entry_of(old)).status_code == 404
