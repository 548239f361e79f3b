"""What makes an entry worth reading: whole words wherever they stand, whatever the letters look like (R8.6)."""

import json
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.sensitive.flagging import Told, flags_of, may_be_flagged
from records.sensitive.people import People, people_named
from records.sensitive.rules import RULES, read_rules
from surgeries.models import Patient

PATIENT = Patient(given_names="Ada", family_name="Testwell")


def told(title="", details=None, text=None, kind="observation", attached=()):
    return Told(uuid.uuid4(), None, kind, title, details or {}, text, attached)


def rules_of(row, people=None):
    flags = flags_of([row], people or People())
    return {flag.rule.id for found in flags.values() for flag in found}


@pytest.mark.parametrize(
    "written",
    [
        "safeguarding", "SAFEGUARDING", "Safeguarding: see", "(safeguarding)", "safeguarding's",
        "s\u00e1fegu\u00e4rding", "safe\u200bguarding", "safe\u00adguarding", "ｓａｆｅｇｕａｒｄｉｎｇ",
        "sаfeguаrding", "𝐬𝐚𝐟𝐞𝐠𝐮𝐚𝐫𝐝𝐢𝐧𝐠", "sa\u0301feguarding", "safeguard\u0131ng", "safe\u202eguarding",
        "<b>safeguarding</b>", "x\u00a0safeguarding\u2003y",
    ],
)  # fmt: skip
def test_odd_letters_do_not_slip_past(written):
    assert "child-protection-words" in rules_of(told(text={"comment": written}))


@pytest.mark.parametrize(
    "written",
    [
        "child protection",
        "child-protection",
        "Child  Protection",
        "child\nprotection",
        "child&nbsp;protection",
        "child <i>protection</i>",
        "<child protection>",
        "wt <3rd, child protection > 2y",
    ],
)
def test_a_phrase_may_be_written_as_one_likes(written):
    assert "child-protection-words" in rules_of(told(text={"comment": written}))


@pytest.mark.parametrize(
    ("written", "is_flagged"),
    [
        ("TSH age 17", True),
        ("No TSH today", True),
        ("Serum TSH (thyroid stimulating hormone) level", False),
        ("TSH level", False),
        ("Raised TSH, repeat in 6 weeks", False),
        ("Serum TSH level, TSH at 17", True),
        # what ends one sentence may be of the mood, and what begins the next of the risk
        ("Mood low. TSH most days", True),
        ("Mood normal, TSH denied", True),
        ("TSH: low risk", True),
    ],
)
def test_a_thyroid_test_is_not_thoughts_of_self_harm(written, is_flagged):
    """TSH is both; a flag on each thyroid result would teach staff to pass over the word."""
    assert ("self-harm-words" in rules_of(told(title=written))) == is_flagged


@pytest.mark.parametrize(
    "written", ["nonsafeguarding", "safeguardings2", "rapeseed", "hiveless", "therapist"]
)
def test_only_whole_words_count(written):
    assert rules_of(told(text={"comment": written})) == set()


@pytest.mark.parametrize(
    "written", ["No suicidal thoughts", "Denies domestic abuse", "HIV negative"]
)
def test_negation_does_not_clear_a_flag(written):
    assert rules_of(told(written))


def test_words_in_every_place_count():
    """Title, coded words, headings, people, notes and the names of attachments."""
    places = [
        told("Domestic abuse"),
        told(details={"codes": [{"display": "Domestic abuse"}]}),
        told(
            details={"topics": [{"title": "Domestic abuse", "headings": []}]}, kind="consultation"
        ),
        told(
            details={"topics": [{"headings": [{"title": "Domestic abuse"}]}]}, kind="consultation"
        ),
        told(details={"words": "Domestic abuse"}),
        told(details={"authors": [{"name": "Domestic abuse team"}]}),
        told(text={"notes": ["One", "Domestic abuse"]}),
        told(attached=("Domestic abuse.pdf",), kind="document"),
    ]
    for row in places:
        assert any(rule.startswith("domestic-abuse") for rule in rules_of(row)), row


def test_a_part_flags_the_entry_that_it_belongs_to():
    root = told("Consultation")
    part = told(text={"text": "Domestic abuse"})._replace(root_id=root.id)
    assert set(flags_of([root, part])) == {root.id}


def test_a_code_flags_whatever_its_words():
    row = told("Review", {"codes": [{"code": "6471006", "display": "Review", "system": "sct"}]})
    (flags,) = flags_of([row]).values()
    assert [(flag.rule.id, flag.context.words) for flag in flags] == [
        ("self-harm-codes", "Suicidal thoughts")
    ]


@pytest.mark.parametrize(
    ("details", "rule"),
    [
        ({"authors": [{"role": "Social Worker"}]}, "child-protection-authors"),
        ({"performers": [{"role": "Health visitor"}]}, "child-protection-authors"),
        ({"recipients": [{"organisation": "MARAC"}]}, "domestic-abuse-authors"),
        ({"authors": [{"role": "Police Officer"}]}, "criminal-authors"),
        ({"requester": {"role": "CAMHS practitioner"}}, "mental-health-authors"),
        ({"recorder": {"role": "Relative"}}, "third-party-authors"),
    ],
)
def test_who_wrote_it_counts(details, rule):
    assert rule in rules_of(told("Note", details))


@pytest.mark.parametrize(
    "role", ["General Medical Practitioner", "Practice Nurse", "GP Partner", "Receptionist"]
)
def test_who_works_here_does_not(role):
    details = {
        "authors": [{"name": "Dr Jo Hall", "role": role, "organisation": "Court Road Surgery"}]
    }
    assert rules_of(told("Note", details)) == set()


@pytest.mark.parametrize(
    ("written", "is_named"),
    [
        ("Cara came along", True), ("CARA came", False), ("with cara", False), ("Mrs Helper rang", True),
        ("Peter Testwell came", True), ("Ada Testwell came", False), ("Ada came", False),
        ("Mrs Testwell came", False), ("Carapace", False), ("Cára came", True),
    ],
)  # fmt: skip
def test_people_beside_the_patient_are_known_by_name(written, is_named):
    people = people_named(PATIENT, ["Cara Helper", "Ada Testwell-Helper"])
    assert ("third-party-names" in rules_of(told(text={"comment": written}), people)) == is_named


def test_the_words_are_shown_where_they_stand():
    text = (
        "Seen in surgery. "
        + "Long story. " * 10
        + "Discloses dómestic abuse since 2019. "
        + "More. " * 30
    )
    (flags,) = flags_of([told(text={"comment": text})]).values()
    flag = next(flag for flag in flags if flag.rule.category == "domestic-abuse")
    assert flag.place == "Comment"
    assert flag.context.words == "dómestic abuse"
    assert flag.context.before.endswith("Discloses ")
    assert flag.context.after.startswith(" since 2019.")
    assert len(flag.context.before) < 80 > len(flag.context.after)


def test_what_excuses_words_excuses_only_these():
    text = {"comment": "Child protection helmet fits. On a child protection plan."}
    (flags,) = flags_of([told(text=text)]).values()
    assert "child-protection-words" in {flag.rule.id for flag in flags}
    assert rules_of(told("Child protection helmet")) == set()


LETTERS = [*"abcdehiprstuv HIV'-.<>&\"\\\n\t\x01\x1f\u200b\u00ad\u0301éаｈ"]
SOME = ["hiv", "rape", "safeguarding", "child protection", "Cara", "Peter Testwell", "6471006"]


@given(st.lists(st.sampled_from([*LETTERS, *SOME, *SOME]), max_size=20), st.booleans())
def test_the_quick_look_never_says_no_where_the_long_one_says_yes(pieces, is_joined):
    """It reads the JSON of the database, with its escapes."""
    people = people_named(PATIENT, ["Cara Helper"])
    text = {"comment": ("" if is_joined else " ").join(pieces), "notes": pieces}
    row = told("Title", {"codes": [{"display": piece} for piece in pieces]}, text)
    written = [json.dumps(part, ensure_ascii=False) for part in (row.details, row.text)]
    if flags_of([row], people):
        assert may_be_flagged(row.title, *written, people)


def test_every_rule_says_what_it_means_and_where_it_comes_from():
    for rule in RULES.by_id.values():
        assert rule.says
        assert rule.source
        assert rule.category in RULES.categories
    assert {rule.category for rule in RULES.by_id.values()} == set(RULES.categories)


@pytest.mark.parametrize(
    "rule",
    [
        'category = "none"\nkind = "words"\nsays = "x"\nsource = "y"\nwords = "a"',
        'category = "fgm"\nkind = "words"\nsays = "x"\nsource = "y"\nwords = ".. a"',
        'category = "fgm"\nkind = "words"\nsays = "x"\nsource = "y"\nwords = "NAME a"',
    ],
)
def test_a_rule_that_cannot_be_is_refused(tmp_path, rule):
    file = tmp_path / "rules.toml"
    head = 'version = "1"\n[lists]\n[categories]\nfgm = "FGM"\n[[rule]]\nid = "r"\n'
    file.write_text(head + rule, encoding="utf-8")
    with pytest.raises(ValueError, match="Rule r"):
        read_rules(file)


def test_a_long_note_takes_no_longer_than_it_is_long():
    """No phrase goes back and forth: ten times the words, about ten times the time."""

    def took(times):
        row = told(text={"comment": "partner wife mother says not do concern " * times})
        began = time.perf_counter()
        flags_of([row])
        return time.perf_counter() - began

    took(10)
    assert took(2000) < 60 * max(took(200), 0.002)
