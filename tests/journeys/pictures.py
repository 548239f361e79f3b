"""Pictures of a journey as on a phone and on a desk, where somebody asks for them: PORTAL_SCREENS=FOLDER."""

import os
from pathlib import Path

FOLDER = os.environ.get("PORTAL_SCREENS", "")


def picture(visitor, name):
    """Keep the whole page at both widths; the window is afterwards as it was."""
    if not FOLDER:
        return
    before = visitor.page.viewport_size
    for width in (320, 1280):
        visitor.page.set_viewport_size({"width": width, "height": 800})
        visitor.page.screenshot(path=Path(FOLDER) / f"{name}-{width}.png", full_page=True)
    visitor.page.set_viewport_size(before)
