"""`python -m portal.bench [--json]`: measure, and print the figures."""

import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "portal.bench.settings"
django.setup()

from portal.bench.running import main  # noqa: E402 - the settings come first

sys.exit(main(sys.argv[1:]))
