"""The bench: its floor does what every page does and no more, and a small run gives numbers."""

import json
import os
import subprocess
import sys
from argparse import ArgumentTypeError

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, clear_url_caches, reverse

from portal import databases
from portal.bench import floor
from portal.bench.pages import TITLES
from portal.bench.running import chosen_pages
from surgeries.terms import Section
from tests.cast import make_grant, sign_in
from tests.records.views.record import agreed, home_of

PAGE = b"<!DOCTYPE html>\n<p>{{ not a variable }} {% nor a tag %} 41 \xc2\xb5mol/l</p>\n\n"


@pytest.fixture
def floors(db, settings, tmp_path):
    """The bench's addresses, with a page of which the floor keeps the bytes."""
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [*engine["DIRS"], tmp_path]}]
    settings.ROOT_URLCONF = "portal.bench.urls"
    floor.keep(tmp_path, "home", PAGE)
    yield reverse("bench-floor", args=["home"])
    clear_url_caches()


def tables(client, address):
    """The tables that a request reads, in order."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return [sql.split(' FROM "')[1].split('"')[0] for sql in map(_sql, queries) if ' FROM "' in sql]


def _sql(query):
    return query["sql"]


def test_the_floor_gives_the_very_bytes_of_the_page(client, floors, patient_user):
    assert sign_in(client, patient_user).get(floors).content == PAGE


def test_the_floor_checks_session_user_and_second_factor_as_a_page_does(
    client, floors, patient, patient_user
):
    make_grant(patient)
    agreed(sign_in(client, patient_user), patient).get(floors)  # notes the time, once a minute
    of_page, of_floor = tables(client, home_of(patient)), tables(client, floors)
    assert of_floor[:3] == of_page[:3]
    assert set(of_floor[:3]) == {"django_session", "accounts_user", "accounts_authenticatorapp"}
    assert of_floor[3:] == ["accounts_onlineregistration"]


def test_the_floor_is_closed_to_whoever_is_not_signed_in_with_both_factors(
    client, floors, patient_user
):
    assert client.get(floors).status_code == 302
    client.force_login(patient_user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(floors).status_code == 302


def test_the_portal_itself_has_no_such_address(client, db):
    with pytest.raises(NoReverseMatch):
        reverse("bench-floor", args=["home"])


def test_chosen_pages_are_those_of_the_bench():
    assert chosen_pages("report,home") == ["report", "home"]
    with pytest.raises(ArgumentTypeError, match="no such page: reports"):
        chosen_pages("reports,home")


@pytest.mark.skipif(not databases.uses_embedded(), reason="the bench has a database of its own")
def test_a_small_run_gives_every_figure():
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "portal.bench",
            "--json",
            "--rounds=3",
            "--warm-up=1",
            "--import-rows=60",
            "--records=10",
        ],
        cwd=settings.BASE_DIR,
        env={**os.environ, "BENCH_SIZES": "30,90", "BENCH_REVIEW_SIZES": "30,90"},
        capture_output=True,
    )
    assert run.returncode == 0, run.stderr.decode()
    found = json.loads(run.stdout)
    assert [(one["page"], one["record"] == "floor") for one in found["pages"]] == [
        (page, is_floor) for page in TITLES for is_floor in (True, False, False)
    ]
    assert {section.value for section in Section} - {"test-results"} <= TITLES.keys()
    assert all(one["web_ms"] > 0 and one["database_ms"] > 0 for one in found["pages"])
    assert found["pages"][0]["bytes"] == found["pages"][1]["bytes"]
    for ratios in (found["ratios"], found["apart"]):
        assert len(ratios) == 3 * len(TITLES)
        assert all(one["cpu"] > 0 for one in ratios)
    assert found["ratios"] != found["apart"]
    short, long = found["records"]
    assert long["entries"] > 2 * short["entries"]
    assert found["import"]["rows_per_second"] > 0
    assert found["file"]["megabytes"] >= 3
    assert found["file"]["cpu"] > 0
    assert found["file"]["after_all"] > 0
    steps = found["review"]["steps"]
    assert len(steps) == 7
    assert all(one["cpu_ms"] > 0 and one["met"] == (one["cpu_ms"] <= 100) for one in steps)
