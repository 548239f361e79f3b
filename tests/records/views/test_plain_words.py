"""What a page of a record explains: the short words that it shows, and no others."""

import re

import pytest

from tests.cast import make_entry
from tests.records.views.record import (
    entry_of,
    hide_from,
    home_of,
    make_medicine,
    make_part,
    make_report,
    page_of,
    reader,
    section_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def reading(client, patient_user, open_to_patient):
    return reader(client, patient_user, open_to_patient)


def foot_of(page):
    """What stands below "Short words on this page", empty where that is not there."""
    return page.partition("Short words on this page")[2].partition("</main>")[0]


def make_condition(patient, source_id="c1", **values):
    return make_entry(patient, source_id, section="health-conditions", kind="condition", **values)


def test_a_dose_is_explained_where_it_stands(reading, open_to_patient):
    medicine = make_medicine(open_to_patient, details={"dose": "1 tablet BD"})
    for address in (
        home_of(open_to_patient),
        section_of(open_to_patient, "medicines"),
        entry_of(medicine),
    ):
        page = reading.get(address).text
        number = re.search(r'popovertarget="word-(\d+)"[^>]*>BD</button>', page)[1]
        assert f'<span id="word-{number}-means">twice a day</span>' in foot_of(page)
        assert page.count(f'id="word-{number}-means"') == 1


def test_a_page_with_nothing_to_explain_says_nothing(reading, open_to_patient):
    make_medicine(open_to_patient, details={"dose": "One each day"}, title="Aqueous cream")
    for address in (home_of(open_to_patient), section_of(open_to_patient, "medicines")):
        assert "Short words on this page" not in reading.get(address).text


def test_a_short_word_in_a_link_is_explained_at_the_foot_and_is_no_button(reading, open_to_patient):
    make_condition(open_to_patient, title="COPD")
    for address in (
        section_of(open_to_patient, "health-conditions"),
        f"{home_of(open_to_patient)}timeline",
    ):
        page = reading.get(address).text
        assert "<strong>COPD</strong> chronic obstructive pulmonary disease" in foot_of(page)
        assert "popovertarget" not in page


def test_what_is_hidden_is_not_explained(reading, open_to_patient):
    """R2.3: the page is the same as without the entry."""
    make_medicine(open_to_patient, details={"dose": "1 tablet BD"})
    address = section_of(open_to_patient, "medicines")
    before = page_of(reading, address), page_of(reading, home_of(open_to_patient))
    hidden = make_medicine(
        open_to_patient, "m2", title="MI medicine", details={"dose": "PRN", "quantity": "5 mg"}
    )
    assert page_of(reading, address) != before[0]
    hide_from(open_to_patient, hidden)
    assert (page_of(reading, address), page_of(reading, home_of(open_to_patient))) == before


def test_what_is_sealed_is_not_explained(reading, open_to_patient):
    """R5.5: a value that was not opened yet has no short words either."""
    report = make_report(open_to_patient)
    make_part(
        report, "p1", 1, flagged=True,
        details={"value": {"number": "31", "unit": "mmol/mol"}, "flags": [{"code": "H"}], "words": "ALT"},
    )  # fmt: skip
    page = reading.get(section_of(open_to_patient, "test-results")).text
    assert "Open when you are ready" in page
    assert "mmol/mol" not in page
    assert "millimoles" not in page
    assert "Short words on this page" not in page


def test_names_of_places_and_batches_are_not_explained(reading, open_to_patient):
    jab = make_entry(
        open_to_patient, "i1", section="immunisations", kind="immunisation", title="Flu jab",
        details={"batch": "AC MS 12", "given_at": "PE Surgery", "site": "Left arm IM"},
    )  # fmt: skip
    page = reading.get(entry_of(jab)).text
    assert "AC MS 12" in page
    assert "PE Surgery" in page
    assert ">IM</button>" in page
    assert page.count("popovertarget=") == 2  # the word and its way to close


def test_words_of_a_record_stay_words(reading, open_to_patient):
    medicine = make_medicine(open_to_patient, details={"dose": "<b>1</b> BD\n& PRN"})
    page = reading.get(entry_of(medicine)).text
    assert "&lt;b&gt;1&lt;/b&gt; <button" in page
    assert re.search(r"BD</button><br>&amp; <button", page)


def test_an_entry_leads_to_the_nhs_page_about_it(reading, open_to_patient):
    asthma = make_condition(open_to_patient, title="Asthma")
    other = make_condition(open_to_patient, "c2", title="Family history of asthma")
    page = reading.get(entry_of(asthma)).text
    link = re.search(r'<a href="https://www.nhs.uk/conditions/asthma/"[^>]*>([^<]*)</a>', page)
    assert 'rel="noreferrer noopener"' in link[0]
    assert "leaves this site" in link[1]
    assert "www.nhs.uk/conditions" not in reading.get(entry_of(other)).text
