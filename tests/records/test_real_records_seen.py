"""Every page of a real record, seen as its patient or as somebody who acts for them, is that person's own page."""

import re
from datetime import date

import pytest
from django.utils import timezone

from proxy_access.access import access_of
from records.explaining import access_of_patient, explain
from records.importing.gpconnect import read
from records.importing.store import store
from surgeries.terms import Level, Section
from tests.cast import make_grant, make_proxy_grant, read_all, sign_in
from tests.clock import NOW
from tests.conftest import SHARED
from tests.crawling import look, walk
from tests.records.views.record import agreed, reader
from tests.records.views.test_desk_seeing import main_of

pytestmark = pytest.mark.django_db

FOLDER = SHARED / "gpc-structured-gp2gp" / "full-record"
FILES = sorted(path for path in FOLDER.rglob("*.json")) if FOLDER.exists() else []
PART_OF_SEEING = re.compile(
    r"/records/[^/]+/(|entries/[^/]+(/over-time|/before-you-see-it)?|timeline|tests|measurements|"
    rf"{'|'.join(Section)})(\?.*)?$"
)
NOT_SEEN = ("/looks-wrong", "/hide")
"""Forms of each entry, which staff do not see as somebody: they lead to nothing that its entry does not lead to."""

if not FILES:
    pytestmark = [
        pytestmark,
        pytest.mark.skip("the shared test extracts are not beside this checkout"),
    ]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def record(request, patient, patient_user, proxy_user):
    """A real extract, with typed words of new entries open, and a proxy for most of its sections."""
    make_grant(patient, Level.FULL, Level.DETAILED, starts_on=date(2015, 1, 1))
    scopes = [Section.MEDICINES, Section.ALLERGIES, Section.CONSULTATIONS, Section.TEST_RESULTS]
    make_proxy_grant(patient, proxy_user, scopes=scopes, ends_on=date(2090, 1, 1))
    store(read(request.param.read_bytes()), patient, by=None, now=NOW)
    read_all(patient)
    return patient


@pytest.mark.parametrize("who", ["patient", "proxy"])
def test_every_page_of_a_real_record_is_seen_as_it_is(
    client, record, patient_user, proxy_user, staff, who
):
    user, whose = (patient_user, "patient") if who == "patient" else (proxy_user, proxy_user.pk)
    reader(client, user, record).get(f"/records/{record.pk}/")  # a first look, for both
    own = walk(agreed(client, record), record, leave_out=NOT_SEEN)
    sign_in(client, staff)
    home = f"/surgery/patients/{record.pk}/as/{whose}/{timezone.localdate()}/"
    compared = 0
    for path, theirs in own.items():
        if (
            theirs.status == 200
            and PART_OF_SEEING.match(path)
            and not path.endswith(f"{record.pk}/")
        ):
            here = look(client, path.replace(f"/records/{record.pk}/", home))
            assert here.status == 200, path
            assert main_of(here.body).replace(home, f"/records/{record.pk}/") == main_of(
                theirs.body
            ), path
            compared += 1
    assert compared > 10


@pytest.mark.parametrize("who", ["patient", "proxy"])
def test_what_is_not_visible_is_the_rest_of_a_real_record(
    client, record, patient_user, proxy_user, staff, who
):
    """With `explain`, the answer of show_record, as the judge: by entry, and each with its rule."""
    today = timezone.localdate()
    access = access_of_patient(record, on=today)
    whose = "patient"
    if who == "proxy":
        whose = proxy_user.pk
        access = access.__class__(
            access_of(proxy_user, record.pk, on=today), access.levels, access.restricted
        )
    told = {one["id"]: one for one in explain(record, access, hidden=True)}
    sign_in(client, staff)
    list_ = f"/surgery/patients/{record.pk}/as/{whose}/{today}/not-visible"
    first = client.get(list_).text
    pages = int(found[1]) if (found := re.search(r"Page 1 of (\d+)", first)) else 1
    body = "".join(client.get(f"{list_}?page={number}").text for number in range(1, pages + 1))
    listed = re.findall(
        r"<li>\s*<a href=\"[^\"]*/entries/([0-9a-f-]{36})/\">.*?\((R\d+\.\d+)\)\.", body, re.S
    )
    whole = {(id_, rule) for id_, rule in listed if id_ in told and not told[id_]["shown"]}
    assert whole == {(id_, one["rule"]) for id_, one in told.items() if not one["shown"]}
    parts = [id_ for id_, _ in listed if told[id_]["shown"]]
    hidden_parts = [
        part for one in told.values() if one["shown"] for part in one["parts"] if not part["shown"]
    ]
    assert len(parts) == len(hidden_parts)
