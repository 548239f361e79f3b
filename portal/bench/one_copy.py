"""`python -m portal.bench.one_copy PATIENT USER VOLUMES`: one copy, and what it took of memory in MB."""

import os
import sys
from uuid import UUID

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.bench.settings"
django.setup()

from portal.bench.copies import make_one  # noqa: E402 - the settings come first

patient, user, volumes = sys.argv[1:]
sys.stdout.write(str(make_one(UUID(patient), UUID(user), int(volumes))))
