"""What is a heading over results, what is a result with remarks on it, and the laboratory's mark on either (R5.5, R6.6)."""

import pytest

from records.content import Flag
from records.flags import is_flagged
from records.importing.gpconnect import read
from tests.conftest import SHARED
from tests.records.importing.gpconnect_resources import (
    NOPAT,
    coded,
    content,
    extract_of,
    observation,
    one,
    resource,
    typed,
)

GUERRA = (
    SHARED / "gpc-structured-gp2gp/full-record/tc7-2021-06/9465701718_Guerra_full_20210602.json"
)
MARKED = {"interpretation": {"text": "PA - Potentially abnormal"}}
REMARK = coded("37331000000100", "Comment note")


def members(*names):
    return [{"type": "has-member", "target": {"reference": f"Observation/{n}"}} for n in names]


def report(*observations):
    first = [{"reference": f"Observation/{observations[0]['id']}"}]
    return extract_of(resource("DiagnosticReport", "r", code=coded(), result=first), *observations)


def test_a_row_whose_members_are_all_comments_is_a_result_with_its_mark():
    """R5.5."""
    extract = report(
        observation("test", related=members("remark"), **MARKED),
        observation("remark", code=REMARK, comment="Please book"),
    )
    test, remark = one(extract, "r").parts
    assert (test.kind, content(test).flags) == ("result", [Flag("PA - Potentially abnormal")])
    assert is_flagged(test.details)
    assert (remark.kind, typed(remark).text, content(remark).group) == (
        "comment",
        "Please book",
        None,
    )


def test_a_real_group_keeps_what_the_laboratory_says_of_all_of_it():
    """R6.6."""
    extract = report(
        observation(
            "group", related=members("a", "remark"), dataAbsentReason={"text": "See below"},
            referenceRange=[{"text": "All negative"}], **MARKED,
        ),
        observation("a", valueString="Positive"),
        observation("remark", code=REMARK, comment="Please book"),
    )  # fmt: skip
    group = one(extract, "group")
    said = content(group)
    assert group.kind == "result-group"
    assert is_flagged(group.details)
    assert [each.text for each in said.ranges] == ["All negative"]
    assert said.absent_because == "See below"
    assert content(one(extract, "remark")).group.ref == "Observation/group"


@pytest.mark.parametrize("more", [{"valueString": "1"}, {"component": [{"code": coded()}]}])
def test_a_row_with_a_value_of_its_own_is_no_heading(more):
    extract = report(observation("test", related=members("a"), **more), observation("a"))
    assert [part.kind for part in one(extract, "r").parts] == ["result", "result"]


def test_a_remark_on_a_withheld_result_is_withheld_with_it():
    """R2.3, R2.4: it would otherwise stand below the result before it."""
    hidden = {**observation("test", related=members("remark"), **MARKED), "meta": NOPAT}
    extract = report(hidden, observation("remark", code=REMARK, comment="Please book"))
    assert [part.withheld for part in one(extract, "r").parts] == [True, True]


@pytest.mark.skipif(not GUERRA.exists(), reason="the development data is not beside the project")
def test_the_mark_of_a_real_test_with_a_filing_comment_is_kept():
    extract = read(GUERRA.read_bytes())
    parts = [part for entry in extract.entries for part in entry.parts]
    [found] = [part for part in parts if part.title == "Infectious mononucleosis test"]
    assert (found.kind, content(found).flags) == ("result", [Flag("PA - Potentially abnormal")])
    headings = [part for part in parts if part.kind == "result-group" and is_flagged(part.details)]
    assert {part.title for part in headings} >= {"Glucose tolerance test", "Bone profile"}
