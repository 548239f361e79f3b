"""Telling an address outside of an anchor, so that nobody here can make it another one later (ADR 40)."""

import requests

from audit.anchors import Anchor

TIMEOUT = (3.05, 10.0)
"""Seconds to wait for the connection, and for the answer."""


class NotPosted(Exception):
    """The address did not take the anchor; the words say why, without what it answered."""


def post_anchor(anchor: Anchor, url: str) -> None:
    """Send number, time, count and seal as JSON: no chain and nothing of a person; raises NotPosted.

    Only an answer of 200 to 299 counts: it is not sent on to where the address may point.
    """
    try:
        answer = requests.post(url, json=anchor.outline, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise NotPosted(type(error).__name__) from None
    if not 200 <= answer.status_code < 300:
        raise NotPosted(f"it answered {answer.status_code}")
