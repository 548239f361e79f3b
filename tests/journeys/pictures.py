"""Pictures of pages as on a phone and on a desk, where somebody asks for them: PORTAL_SCREENS=FOLDER (`bin/screens`)."""

import os
import re
from pathlib import Path

FOLDER = os.environ.get("PORTAL_SCREENS", "")
TEST = re.compile(r"([^/]+)\.py::(?:test_)?([^\[ ]+)")
"""The file and the name of the test that runs, in what pytest says of it."""


def keep(page, folder, name):
    """Keep a picture of the whole page as it stands now."""
    if not FOLDER:
        return
    place = Path(FOLDER) / folder
    place.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=place / f"{name[:80]}.png", full_page=True)


def keep_kind(page, title, width):
    """Keep a picture of a kind of page that a journey comes to, with others of that journey."""
    test = TEST.search(os.environ.get("PYTEST_CURRENT_TEST", ""))
    journey = f"{test[1].removeprefix('test_')}/{test[2]}" if test else "journeys"
    words = re.sub(r"\W+", "-", title.removesuffix(" - GP record").lower()).strip("-")
    keep(page, journey[:120], f"{words[:70]}-{width}")


def picture(visitor, name):
    """Keep the whole page at both widths; the window is afterwards as it was."""
    if not FOLDER:
        return
    before = visitor.page.viewport_size
    for width in (320, 1280):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        keep(visitor.page, "", f"{name}-{width}")
    visitor.page.set_viewport_size(before)
