"""The database that tests run against, and the cast."""

import contextlib
import functools
import gc
import importlib
import os
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import call_command
from django.db import connections
from django.db.backends.signals import connection_created
from django.test import TransactionTestCase
from psycopg import sql
from psycopg._preparing import PrepareManager

from portal import databases, embedded_database
from portal.database_roles import maintenance_connection

ROOT = Path(__file__).resolve().parent.parent
PRISTINE = "test_pristine"
SHARED = ROOT.parent / "shared" / "record-data"

pytest_plugins = ["tests.cast", "tests.nhs_login.running"]


def pytest_configure(config):
    """Start the database once, before the workers; tests must not need the collected static files."""
    os.environ.setdefault(
        "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
    )  # Playwright's loop runs in our thread
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    # or every test client lists all static files before its first request
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PORTAL_ANCHOR_FILE = ROOT / "var" / "no-anchors"  # a test that anchors names its own
    settings.STORAGES["documents"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    # or what is told would depend on the hour at which tests run
    settings.NOTICE_HOURS = (0, 0)
    # e-mails are in django.core.mail.outbox as soon as they are asked for
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    # by the real algorithm with less work: 0.2 s for each password would be minutes
    for cost, least in (("time_cost", 1), ("memory_cost", 64), ("parallelism", 1)):
        setattr(Argon2PasswordHasher, cost, least)
    if databases.uses_embedded() and not hasattr(config, "workerinput"):
        folder = databases.embedded_folder(ROOT)
        embedded_database.start(folder, durable=False)


LONGEST = (
    "tests/records/test_end_oracle", "tests/matrix/", "tests/journeys/test_every_page", "tests/journeys/",
    "tests/portal/test_bench", "tests/records/test_real_records", "tests/records/test_hidden_entry_oracle",
)  # fmt: skip
"""Where the tests of many seconds are, the longest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The longest tests come first, so that at the end no worker is left alone with one of them."""
    items.sort(key=lambda item: [not item.nodeid.startswith(path) for path in LONGEST])


def pytest_collection(session):
    """Each worker begins to rewrite the asserts at another place, and finds kept what the others wrote (`bin/test`)."""
    gc.disable()
    worker = getattr(session.config, "workerinput", None)
    if worker is None or session.config.args != session.config.getini("testpaths"):
        return
    number = int(worker["workerid"].removeprefix("gw"))
    for path in sorted(ROOT.glob("tests/**/test_*.py"))[number :: worker["workercount"]]:
        # what cannot be imported says so when it is collected
        with contextlib.suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def pytest_collection_finish():
    """Let the collector of garbage pass over what thousands of tests are made of, and come less often."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


class Plans(PrepareManager):
    """The statements that a connection has prepared; psycopg would forget them at a rollback, which ends every test.

    PostgreSQL keeps them, and takes longer to plan a page than to answer it. Production rolls back seldom,
    and prepares what comes for the third time (ADR 20); in a test most comes once or twice.
    """

    prepare_threshold = 1
    prepared_max = 200  # some megabytes each

    def clear(self):
        return False


def keep_plans(connection, **_):
    """Let a test use the plans that earlier ones of its worker needed."""
    if connection.alias == "default":
        connection.connection._prepared = Plans()


connection_created.connect(keep_plans)


def recreate(name, template=None):
    """Make a database anew, as a copy of another one where given."""
    with maintenance_connection(connections["owner"].settings_dict) as connection:
        drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        connection.execute(drop)
        make = sql.SQL("create database {}").format(sql.Identifier(name))
        if template:
            make += sql.SQL(" template {}").format(sql.Identifier(template))
        connection.execute(make)


def point_at(name):
    """Let both connections use a database."""
    for connection in connections.all(initialized_only=False):
        connection.close()
        connection.settings_dict["NAME"] = name


def migrate_once(run):
    """Make the database that all workers of a run copy: the first one migrates it, the others wait."""
    with maintenance_connection(connections["owner"].settings_dict) as connection:
        connection.execute("select pg_advisory_lock(hashtext('tests'))")
        made = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s",
            [PRISTINE],
        ).fetchone()
        if made != (run,):
            recreate(PRISTINE)
            point_at(PRISTINE)
            call_command("migrate", verbosity=0)
            point_at("postgres")
            says = sql.SQL("comment on database {} is {}").format(sql.Identifier(PRISTINE), run)
            connection.execute(says)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker, worker_id, testrun_uid):
    """A migrated database for this worker, and a pristine copy to go back to.

    Tests use the application's own role, which can neither make nor empty tables: hence the copy.
    """
    name = f"test_{worker_id}"
    with django_db_blocker.unblock():
        migrate_once(testrun_uid)
        point_at(name)
        recreate(name, template=PRISTINE)
    yield
    for connection in connections.all():
        connection.close()


ALTERED = set()
"""The databases in which a test worked as their owner, who can alter tables."""
GROWN = 24 * 2**20
"""By so many bytes a database may grow by what was deleted in it."""
LEFT = """select c.oid::regclass::text from pg_class c
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and pg_relation_size(c.oid) > 0"""
OTHERS = """select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"""
SIZES = "select pg_database_size(current_database()) - pg_database_size(%s)"


def start_afresh(test_case):
    """What Django does by emptying tables, after a test that commits; making the database anew takes ten times as long."""
    for connection in connections.all():
        connection.close()
    name = connections["default"].settings_dict["NAME"]
    if "owner" in test_case.databases or name in ALTERED or not empty_tables(name):
        ALTERED.discard(name)
        recreate(name, template=PRISTINE)


def as_owner(name):
    """A connection of the owner's to one of the databases."""
    values = connections["owner"].settings_dict
    return psycopg.connect(host=values["HOST"], user=values["USER"], dbname=name, autocommit=True)


@functools.cache
def filled_by_migrations():
    """The tables that are not empty to begin with, with how many rows they have."""
    with as_owner(PRISTINE) as connection:
        return {table: rows_in(connection, table) for (table,) in connection.execute(LEFT)}


def rows_in(connection, table):
    return connection.execute(f"select count(*) from {table}").fetchone()[0]


def empty_tables(name):
    """Empty all tables, without triggers, which let nobody delete; False where that would not make the database as it was."""
    kept = filled_by_migrations()
    with as_owner(name) as connection:
        connection.execute(OTHERS)
        if connection.execute(SIZES, [PRISTINE]).fetchone()[0] > GROWN:
            return False
        deletes = [
            f"delete from {table}" for (table,) in connection.execute(LEFT) if table not in kept
        ]
        connection.execute("; ".join(["set session_replication_role = replica", *deletes]))
        return all(rows_in(connection, table) == rows for table, rows in kept.items())


TransactionTestCase._fixture_teardown = start_afresh


@pytest.fixture
def owner(db):
    """A connection of the database owner's, for what the application may not do. It sees committed rows."""
    name = connections["owner"].settings_dict["NAME"]
    with as_owner(name) as connection:
        yield connection
    ALTERED.add(name)


@pytest.fixture
def shared():
    """The folder of real public test extracts; the test is skipped, with a notice, where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the shared test extracts are not beside this checkout")
    return SHARED
