"""Walks a record as its reader does: every page that links lead to from its home, and nothing else."""

import re
from html import unescape
from typing import NamedTuple

from django.urls import reverse

LINK = re.compile(r'href="([^"#]+)(?:#[^"]*)?"')
VARYING = re.compile(r'((?:nonce|name="csrfmiddlewaretoken" value)=")[^"]*')
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
GROWING = re.compile(r"/activity(?:[/?]|$)|/what-you-did(?:\?|$)")
"""Pages that tell of the walk itself, and so are longer with each step: tests of their own compare them."""
KEPT_HEADERS = ("Content-Type", "Content-Disposition", "Cache-Control", "Location", "Vary")


class Page(NamedTuple):
    """What one address answered."""

    status: int
    headers: tuple
    cookies: tuple
    body: str

    @property
    def text(self):
        """The words of the page's main part, without markup."""
        main = re.search(r"<main\b.*?</main>", self.body, re.S)
        words = re.sub(
            r"<(script|style)\b.*?</\1>|<[^>]+>", " ", main[0] if main else "", flags=re.S
        )
        return re.sub(r"\s+", " ", unescape(words)).strip()


def look(client, path):
    """One page, without what differs in every response."""
    response = client.get(path)
    body = b"".join(response).decode("utf-8", "replace")
    headers = tuple((name, response.headers.get(name, "")) for name in KEPT_HEADERS)
    cookies = tuple(sorted(response.cookies))
    return Page(response.status_code, headers, cookies, VARYING.sub(r"\1", body))


def walk(client, patient, most=5_000, start=None, leave_out=()):
    """Every page below the record's home that a link leads to, by address."""
    home = reverse("records:home", args=[patient.pk])
    found, waiting = {}, [start or home]
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        assert len(found) < most, "the walk does not end"
        page = found[path] = look(client, path)
        location = dict(page.headers)["Location"]
        links = [unescape(link) for link in LINK.findall(page.body)] + [location]
        waiting += [
            link
            for link in links
            if link.startswith(home)
            and not link.endswith(tuple(leave_out))
            and not GROWING.search(link)
        ]
    return found


def canonical(text, names):
    """A text with every known id replaced by its name, so that two records can be compared."""
    return UUID.sub(lambda found: names.get(found[0], found[0]), text)
