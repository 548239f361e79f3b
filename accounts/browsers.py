"""What kind of browser somebody uses, as far as it can honestly be said."""

import re

BROWSERS = (
    # the first that fits: most browsers also name those that they descend from
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\b(OPR|Opera)/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|CriOS)/"),
    ("Safari", r"\bVersion/[\d.]+ (Mobile/\w+ )?Safari/"),
)
MACHINES = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows NT\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Mac", r"\bMacintosh\b"),
    ("Linux", r"\bLinux\b"),
)
UNKNOWN = "A browser"


def kind_of(user_agent: str) -> str:
    """For example "Firefox on Windows"; "A browser" where nothing is known for sure."""
    said = user_agent[:500]
    if "compatible;" in said or not said.startswith("Mozilla/5.0 ("):
        return UNKNOWN  # a program that pretends to be, or only speaks like, a browser
    browser, machine = _first(BROWSERS, said), _first(MACHINES, said)
    return f"{browser or UNKNOWN} on {_article(machine)}" if machine else browser or UNKNOWN


def _first(choices: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for name, pattern in choices if re.search(pattern, said)), "")


def _article(machine: str) -> str:
    return {"iPhone": "an iPhone", "iPad": "an iPad", "Mac": "a Mac"}.get(machine, machine)
