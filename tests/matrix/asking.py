"""Every address of the portal, asking for it, and what an answer is."""

import copy
import re
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver

from tests.matrix.expected import Is
from tests.matrix.world import undone
from tests.pages import bare

ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
NOWHERE = UUID("00000000-0000-4000-8000-000000000000")
ANY_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
WAYS = {"/sign-in": Is.SIGN_IN, "/sign-in/code": Is.CODE, "/account/confirm": Is.CONFIRM}
STATUSES = dict.fromkeys((200, 302, 400, 409, 415, 422), Is.IN) | {
    401: Is.TOKEN, 403: Is.REFUSED, 404: Is.UNKNOWN, 405: Is.METHOD,
}  # fmt: skip


class Address(NamedTuple):
    """One line of the URL map."""

    name: str
    route: str

    def of(self, named, **others):
        """The address of things; `others` are named in their place."""
        values = named | others
        return "/" + ARGUMENT.sub(lambda found: str(values[found[2]]), self.route)

    @property
    def arguments(self):
        """The names of what it takes."""
        return [name for _, name in ARGUMENT.findall(self.route)]


def addresses(resolver=None, prefix="", spaces=()):
    """All of them, by their full names."""
    for one in (resolver or get_resolver()).url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = (*spaces, one.namespace) if one.namespace else spaces
            yield from addresses(one, route, inner)
        elif isinstance(one, URLPattern):
            yield Address(":".join([*spaces, one.name or route.rpartition("/")[2]]), route)


class Answer(NamedTuple):
    """What a browser got, without the tokens that are new each time."""

    status: int
    location: str
    page: str

    @property
    def without_ids(self):
        """The same for two addresses that differ in an id only."""
        return Answer(self.status, ANY_UUID.sub("id", self.location), ANY_UUID.sub("id", self.page))


def ask(client, method, path):
    """One request and its answer; whatever came of it is undone, also in the browser."""
    before = client.cookies
    with undone():
        client.cookies = copy.copy(before)
        given = client.generic(method, path)
        body = b"".join(given) if given.streaming else given.content
    client.cookies = before
    page = bare(body.decode("utf-8", "replace"))
    return Answer(given.status_code, given.headers.get("Location", ""), page)


def kind_of(answer, path):
    """The letter of an answer; its status where it is none that may be."""
    place = urlsplit(answer.location)
    if answer.status == 302 and place.path in WAYS:
        leads_back = place.query in {f"next={path}", "next=/"} or WAYS[place.path] == Is.CONFIRM
        return WAYS[place.path] if leads_back and not answer.page else "leads astray"
    if answer.status == 302 and place.path.endswith("/before-you-open/bad-news"):
        return Is.WARNED
    if answer.status == 302 and place.path.endswith("/reason"):
        return Is.REASON
    return STATUSES.get(answer.status, str(answer.status))
