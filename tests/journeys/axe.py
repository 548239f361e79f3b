"""What axe finds on a page in a browser. Most journeys go through the same pages, so it is not asked twice of one."""

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

from tests.crawling import UUID
from tests.pages import bare

LOOKS = """() => [document.documentElement.outerHTML, innerWidth, innerHeight,
    matchMedia('(forced-colors: active)').matches, getComputedStyle(document.documentElement).fontSize]"""
"""All on which an answer depends: the page as scripts have left it, the size of window and letters, the colours."""
RUN_ID = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"alone-{os.getpid()}"
FAULTLESS = Path(tempfile.gettempdir()) / f"axe-found-nothing-{RUN_ID}"
"""An empty file for each look in which axe has found nothing in this run, in whichever of its workers."""
RUN = "axe.run({resultTypes: ['violations']}).then(found => JSON.stringify(found.violations))"
"""Only what is wrong comes back, as text: what passes is most of an answer, and takes as long to carry as to find."""

IS_NEW = "!('axe' in window)"
"""Whether axe is not in this page yet: at its second width it is, and warm, which is half of what it takes."""
AXE = Axe().axe_script


def assert_faultless(page, name):
    """Axe finds nothing wrong with the page as it stands now."""
    known = FAULTLESS / hashlib.sha256(repr(looks_of(page)).encode()).hexdigest()
    if not known.exists():
        if page.evaluate(IS_NEW):
            page.evaluate(AXE)
        violations = json.loads(page.evaluate(RUN))
        assert violations == [], f"{name}: {json.dumps(violations, indent=1)}"
        FAULTLESS.mkdir(exist_ok=True)
        known.touch()


def looks_of(page):
    """How a page looks, with ids as numbers in the order in which they come, and without one-time tokens."""
    html, *rest = page.evaluate(LOOKS)
    numbers = {}
    numbered = UUID.sub(lambda id_: str(numbers.setdefault(id_[0], len(numbers))), html)
    return (re.sub(r"\s+", " ", bare(numbered)), *rest)
