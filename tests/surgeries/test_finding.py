"""Finding a surgery, however it is spelt."""

from datetime import date

import pytest
from django.db import transaction

from surgeries.finding import Wanted, find_surgeries, plain_words, wanted
from surgeries.models import Surgery
from surgeries.ods.load import load_list
from tests.cast import make_surgery
from tests.clock import NOW, TODAY
from tests.surgeries.ods_lines import ods_line

DENSHAM, QUEENS, VICTORIA, LAWSON = "A81001", "A81002", "A81003", "A81632"
MARYS, LONDON = "B81001", "E87001"
LINES = [
    ods_line(),
    ods_line(QUEENS, c1="QUEENS PARK MEDICAL CENTRE", c4="FARRER STREET", c5="", c9="TS18 2AW"),
    ods_line(
        VICTORIA, c1="VICTORIA MEDICAL PRACTICE", c4="VICTORIA ROAD", c5="", c6="HARTLEPOOL",
        c9="TS26 8DB", c12="C", c11="20171031",
    ),
    ods_line(LAWSON, c1="LAWSON STREET PRACTICE", c12="D"),
    ods_line(
        MARYS, c1="ST. MARY'S SURGERY", c4="1 CHURCH LANE", c5="", c6="BATH", c7="SOMERSET", c9="BA2 0HX"
    ),
    ods_line(
        LONDON, c1="DR AP KUMAR", c4="1 TOWER STREET", c5="", c6="LONDON", c7="", c9="TS1 8HU"
    ),
]  # fmt: skip


@pytest.fixture
def listed(db):
    load_list(LINES, by=None, now=NOW)


def found(text, on=TODAY):
    with transaction.atomic():
        return [one.ods_code for one in find_surgeries(wanted(text), on)]


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("densham stockton", DENSHAM),
        ("denshem stokton", DENSHAM),
        ("Densham Surgery, Stockton-on-Tees", DENSHAM),
        ("DENSHAM", DENSHAM),
        ("dénshäm", DENSHAM),
        ("ｄｅｎｓｈａｍ", DENSHAM),
        ("densham medical centre", DENSHAM),
        ("dens", DENSHAM),
        ("TS18 1HU", DENSHAM),
        ("ts181hu", DENSHAM),
        (" ts18  1hu ", DENSHAM),
        ("densham ts181hu", DENSHAM),
        ("lawson street ts18 1hu", DENSHAM),
        ("A81001", DENSHAM),
        ("a81001", DENSHAM),
        ("A 81001", DENSHAM),
        ("queens park", QUEENS),
        ("Queen's Park", QUEENS),
        ("farrer street", QUEENS),
        ("TS18 2AW", QUEENS),
        ("hartlepol", VICTORIA),
        ("A81003", VICTORIA),
        ("saint marys bath", MARYS),
        ("St Mary’s", MARYS),
        ("st. mary's surgery", MARYS),
        ("doctor kumar", LONDON),
        ("kumar london", LONDON),
    ],
)
def test_a_surgery_is_found(typed, first):
    assert found(typed)[0] == first


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    "typed", ["densham london", "zzzqqq", "Z99999", "TS99", "TS18 9ZZ9 nowhere", "手術", "Ж"]
)
def test_what_does_not_fit_is_not_found(typed):
    assert found(typed) == []


@pytest.mark.usefixtures("listed")
def test_a_code_finds_that_surgery_only():
    assert found("A81001") == [DENSHAM]


@pytest.mark.usefixtures("listed")
def test_a_postcode_finds_its_neighbours_too():
    """The same postcode, then the same half; TS1 is another place than TS18; not working ones come later."""
    assert found("TS18 1HU") == [DENSHAM, QUEENS, LAWSON]
    assert found("TS18 2AW") == [QUEENS, DENSHAM, LAWSON]
    assert found("ts18") == [QUEENS, DENSHAM, LAWSON]
    assert found("TS1") == [LONDON]


@pytest.mark.usefixtures("listed")
def test_words_that_say_little_do_not_keep_a_surgery_out():
    assert found("the densham health centre practice") == [DENSHAM]
    assert len(found("surgery")) >= 2


def test_closed_surgeries_come_last(listed):
    Surgery.objects.filter(ods_code=DENSHAM).update(status="closed")
    assert found("lawson street")[-1] == DENSHAM
    assert found("TS18 1HU")[-1] == DENSHAM


def test_a_surgery_closes_on_its_last_day(listed):
    Surgery.objects.filter(ods_code=DENSHAM).update(closed_on=date(2024, 6, 3))
    assert found("TS18 1HU", on=date(2024, 6, 2))[0] == DENSHAM
    assert found("TS18 1HU", on=date(2024, 6, 3))[-1] == DENSHAM


def test_of_equals_the_one_that_uses_the_portal_comes_first(db):
    make_surgery("Z99011", name="Twin Surgery", uses_portal=False)
    make_surgery("Z99012", name="Twin Surgery", uses_portal=True)
    assert found("twin") == ["Z99012", "Z99011"]


def test_words_in_their_order_come_first(db):
    make_surgery("Z99011", name="Park Surgery", address="1 Manor Lane")
    make_surgery("Z99012", name="Manor Park Surgery")
    assert found("manor park") == ["Z99012", "Z99011"]


def test_the_index_is_used_for_words(listed):
    """With few rows PostgreSQL would rather read them all: so ask whether it can."""
    with transaction.atomic(), transaction.get_connection().cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        assert "surgery_by_its_words" in find_surgeries(wanted("densham"), TODAY).explain()


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("A81001", Wanted(code="A81001")),
        ("a81 001", Wanted(code="A81001")),
        ("ts181hu", Wanted(outward="TS18", inward="1HU")),
        ("m1 1ae", Wanted(outward="M1", inward="1AE")),
        ("ec1a 1bb", Wanted(outward="EC1A", inward="1BB")),
        ("EC1A", Wanted(outward="EC1A")),
        ("M1", Wanted(outward="M1")),
        ("A810011", Wanted(words=("a810011",))),
        ("Park ts181hu Lane", Wanted(words=("park", "ts18", "1hu", "lane"))),
        ("St. Mary's  St", Wanted(words=("st", "marys"))),
        ("Łódź Straße", Wanted(words=("łodz", "strasse"))),
        ("a'b’c", Wanted(words=("abc",))),
        ("x_y-z", Wanted(words=("x", "y", "z"))),
        ("", Wanted()),
        (" !?%_\0 ", Wanted()),
        ("🏥", Wanted()),
    ],
)
def test_what_was_typed_is_understood(typed, what):
    assert wanted(typed) == what


def test_words_are_bare():
    assert plain_words("  Dr. O’Brien & Partners (Kew) ") == "dr obrien partners kew"


def test_the_telling_words_are_those_that_say_much():
    assert wanted("the densham surgery a").telling_words == ("densham",)
    assert wanted("the surgery").telling_words == ("the", "surgery")


def test_the_real_list_is_searched(db, shared):
    lines = (shared / "ods" / "epraccur_sample60.csv").read_bytes().split(b"\n")
    load_list(lines, by=None, now=NOW)
    for typed in ("densham stockton", "denshem stokton", "TS18 1HU", "ts181hu", "A81001"):
        assert found(typed)[0] == "A81001", typed
    assert found("hartlepol")[0] in found("hartlepool")
    assert found("queens park stockton")[0] == "A81002"
