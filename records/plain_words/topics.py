"""Which page of the NHS website is about an entry, from topics.csv (SOURCES.md says where it is from)."""

import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

TOPICS = Path(__file__).with_name("topics.csv")
WEBSITE = "https://www.nhs.uk/"
KINDS = {
    "condition": "condition",
    "medicine": "medicine",
    "immunisation": "immunisation",
    "report": "test",
    "result": "test",
    "observation": "test",
}
NOT_PLAINLY = re.compile(
    r"\?|\b(?:no|not|nil|without|never|absent|denies|family|fh|father|mother|suspected|possible|probable|query"
    r"|excluded|exclude|rule|ruled|risk|fear|worried|screen(?:ing)?|declined|refused|contra\w*|resolved|not given)\b",
    re.I,
)
"""Words beside which a title may not mean that the patient has what it names."""


class Topic(NamedTuple):
    """A page of the NHS website and the words that led to it."""

    words: str
    href: str


def topics_of(kind: str, title: str) -> list[Topic]:
    """The pages about what a title names; none where it may not mean that."""
    of_kind = KINDS.get(kind, "")
    if not of_kind or (of_kind != "test" and NOT_PLAINLY.search(title)):
        return []
    words = f" {' '.join(re.findall(r'[\w’\'-]+', title.casefold().replace('’', chr(39))))} "
    found = [Topic(name, WEBSITE + page) for name, page in _topics(of_kind) if f" {name} " in words]
    longest = [
        one for one in found
        if not any(one.words in other.words and one != other for other in found)
    ]  # fmt: skip
    return list({one.href: one for one in longest}.values())


@cache
def _topics(kind: str) -> list[tuple[str, str]]:
    with TOPICS.open(encoding="utf-8", newline="") as file:
        return [(row["words"], row["page"]) for row in csv.DictReader(file) if row["kind"] == kind]
