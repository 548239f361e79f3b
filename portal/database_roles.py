"""The two roles of the database: its owner, and the application's own, which owns nothing (ADR 4)."""

from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from portal.databases import APPLICATION_ROLE

MAKE_ROLE = """
do $$ begin
    if not exists (select from pg_roles where rolname = 'portal_app') then
        create role portal_app login nosuperuser nobypassrls nocreatedb nocreaterole;
    end if;
    if not pg_has_role('portal_app', 'member') then
        grant portal_app to current_user;  -- to step down to it where there is one address for both
    end if;
exception when duplicate_object or unique_violation then null;  -- another process was faster
end $$
"""
# What a migration makes is readable and writable for the application by default; a migration that makes
# something more precious takes rights away again.
PREPARE = f"""
{MAKE_ROLE};
grant usage on schema public to portal_app;
alter default privileges in schema public grant select, insert, update, delete on tables to portal_app;
alter default privileges in schema public grant usage, select on sequences to portal_app;
"""


def make_database(settings: dict[str, Any]) -> None:
    """Make the database that the settings name, if the server has none of that name."""
    with maintenance_connection(settings) as connection:
        known = connection.execute(
            "select 1 from pg_database where datname = %s", [settings["NAME"]]
        )
        if not known.fetchone():
            name = sql.Identifier(settings["NAME"])
            connection.execute(sql.SQL("create database {} encoding 'UTF8'").format(name))


def maintenance_connection(settings: dict[str, Any]) -> psycopg.Connection[Any]:
    """A connection of the owner's for making databases; falls back to the named database itself."""
    address = {
        "host": settings["HOST"],
        "port": settings["PORT"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
    }
    present = {name: value for name, value in address.items() if value}
    try:
        return psycopg.connect(dbname="postgres", autocommit=True, **present)
    except psycopg.OperationalError:
        return psycopg.connect(dbname=settings["NAME"], autocommit=True, **present)


def prepare(connection: BaseDatabaseWrapper) -> None:
    """Make the application's role and its default rights; safe to repeat."""
    with connection.cursor() as cursor:
        cursor.execute(PREPARE)


__all__ = ["APPLICATION_ROLE", "maintenance_connection", "make_database", "prepare"]
