#!/usr/bin/env python
"""Django's commands, with the embedded database started first where it is the one to use."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from portal import databases, embedded_database

NEEDS_NO_DATABASE = {"stop_database", "collectstatic", "help", "--help", "version", "--version"}


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if databases.uses_embedded() and command not in NEEDS_NO_DATABASE:
        try:
            embedded_database.start(databases.embedded_folder(Path(__file__).resolve().parent))
        except embedded_database.DatabaseUnavailable as error:
            sys.exit(f"The database could not be started. {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
