"""Where to read more: only where a title can mean nothing else."""

import re

import pytest

from records.plain_words.topics import KINDS, TOPICS, WEBSITE, topics_of
from tests.records.plain_words.files import rows


@pytest.mark.parametrize(
    ("kind", "title", "page"),
    [
        ("condition", "Asthma", "conditions/asthma/"),
        ("condition", "Asthma (disorder)", "conditions/asthma/"),
        ("condition", "Type 2 diabetes mellitus", "conditions/type-2-diabetes/"),
        ("condition", "Essential hypertension", "conditions/high-blood-pressure/"),
        ("medicine", "Atorvastatin 20mg tablets", "medicines/atorvastatin/"),
        ("medicine", "Furosemide 40mg tablets (Accord-UK Ltd)", "medicines/furosemide/"),
        ("medicine", "Loratadine 5mg/5ml oral solution", "medicines/loratadine/"),
        ("immunisation", "First MMR vaccination", "vaccinations/mmr-vaccine/"),
        ("report", "Full blood count", "tests-and-treatments/blood-tests/"),
    ],
)
def test_a_title_leads_to_the_page_about_it(kind, title, page):
    assert [topic.href for topic in topics_of(kind, title)] == [f"https://www.nhs.uk/{page}"]


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("condition", "Family history of asthma"),
        ("condition", "FHx: stroke"),
        ("condition", "Son with asthma"),
        ("condition", "?Asthma"),
        ("condition", "Asthma?"),
        ("condition", "Asthma (suspected)"),
        ("condition", "Suspected asthma"),
        ("condition", "Likely asthma"),
        ("condition", "No evidence of asthma"),
        ("condition", "Asthma resolved"),
        ("condition", "Cardiac asthma"),
        ("condition", "Portal hypertension"),
        ("condition", "Heat stroke"),
        ("condition", "H/O: aspirin allergy"),
        ("medicine", "Paracetamol 500mg / Codeine 30mg tablets"),
        ("medicine", "Prednisolone 1% eye drops"),
        ("medicine", "Salbutamol 4mg tablets"),
        ("immunisation", "Influenza vaccination declined"),
        ("observation", "Cervical smear declined"),
        ("observation", "Family history of asthma"),
        ("document", "Asthma"),
        ("allergy", "Aspirin"),
        ("condition", ""),
    ],
)
def test_a_title_that_may_mean_something_else_leads_nowhere(kind, title):
    assert topics_of(kind, title) == []


def test_every_topic_is_a_path_of_the_website():
    found = rows(TOPICS)
    assert len(found) >= 150
    for row in found:
        assert re.fullmatch(
            r"(conditions|medicines|tests-and-treatments|vaccinations)/[a-z0-9-]+/", row["page"]
        ), row
        assert row["words"] == row["words"].casefold(), row
        assert row["kind"] in set(KINDS.values()), row


def test_the_words_of_every_topic_lead_to_its_page():
    for row in rows(TOPICS):
        kind = next(kind for kind, name in KINDS.items() if name == row["kind"])
        found = [topic.href for topic in topics_of(kind, row["words"])]
        assert found == [f"https://www.nhs.uk/{row['page']}"], row


@pytest.mark.parametrize("test", ["colonoscopy", "gastroscopy", "CT scan", "MRI scan"])
def test_a_test_is_under_tests_and_treatments(test):
    [found] = topics_of("report", test)
    assert found.href == f"{WEBSITE}tests-and-treatments/{test.casefold().replace(' ', '-')}/"


@pytest.mark.parametrize(
    ("kind", "title", "words"),
    [
        ("immunisation", "COVID-19 vaccination, second dose", "COVID-19"),
        ("medicine", "Ramipril 5mg capsules", "ramipril"),
    ],
)
def test_a_short_form_keeps_its_capitals(kind, title, words):
    [topic] = topics_of(kind, title)
    assert topic.words == words
