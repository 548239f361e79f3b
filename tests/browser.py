"""The browser of the tests: Chromium without windows, from the system."""

import shutil

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WHOLE = shutil.which("chromium")
"""With all that a person's has, a viewer of PDFs too; it draws its own windows, which nobody looks at, in processes beside."""
LIGHT = shutil.which("chromium-headless-shell") or WHOLE
"""The same engine and no windows: a quarter less work for a journey."""


def launching(program=LIGHT):
    """How Playwright starts it."""
    return {"executable_path": program, "args": QUIET}
