"""How the portal talks to its database (ADR 1, ADR 20)."""

from pathlib import Path

import pytest
from django.db import connection

from portal.databases import databases

URL = "postgres://portal_app@db.example/portal?options=-c%20statement_timeout%3D5000"


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", URL)
    return monkeypatch


def test_every_connection_plans_a_statement_once(environment):
    for one in databases(Path()).values():
        options = one["OPTIONS"]
        assert options["server_side_binding"]
        assert options["prepare_threshold"] == 3
        assert options["options"].startswith("-c statement_timeout=5000 ")
        assert "plan_cache_mode=force_generic_plan" in options["options"]


def test_a_pooler_that_keeps_no_statements_can_be_served(environment):
    environment.setenv("PORTAL_PREPARED", "0")
    for one in databases(Path()).values():
        assert one["OPTIONS"] == {"options": "-c statement_timeout=5000"}


@pytest.mark.django_db
def test_the_connection_of_the_tests_is_set_up_like_that():
    with connection.cursor() as cursor:
        cursor.execute("show plan_cache_mode")
        assert cursor.fetchone() == ("force_generic_plan",)
