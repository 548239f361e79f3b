"""What the shell of every page needs to know."""

from dataclasses import replace
from functools import cache

from django.http import HttpRequest
from django.template.backends.utils import csrf_input
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from nhsuk.shell import Link, Shell

address = cache(reverse)
"""The path of a page that is the same for everybody."""


def token(request: HttpRequest) -> dict[str, object]:
    """What proves that a form was sent from our own page: made once for all forms of one, where it has any."""
    return {"csrf_input": SimpleLazyObject(lambda: csrf_input(request))}


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Who is signed in, the way out, and the ways to help."""
    user = getattr(request, "user", None)  # absent when a request failed before its session
    everywhere = Shell(
        home_href=HOME,
        surgery_name=getattr(request, "surgery_name", ""),  # the doors know whose page it is
        menu_links=links(MENU),
        footer_links=links(FOOTER),
    )
    if user is None or not user.is_authenticated:
        return {"shell": everywhere}
    is_verified = getattr(user, "is_verified", None)  # absent where no second factor was asked for
    signed_in = replace(
        everywhere,
        signed_in_as=user.name or user.email,
        sign_out_href=address("accounts:sign-out"),
        exit_href=ELSEWHERE,
        account_links=links(ACCOUNT) if is_verified and is_verified() else (),
    )
    return {"shell": signed_in}


HOME = "/"
ELSEWHERE = "https://www.bbc.co.uk/weather"
"""What looks as if somebody had only looked at the weather."""
MENU = (("Start", "home"), ("Find a surgery", "surgeries:find"), ("Help", "help"))
ACCOUNT = (("Your account", "accounts:account"),)
FOOTER = (
    ("Help", "help"),
    ("Contact", "guidance contact"),
    ("Privacy", "guidance privacy"),
    ("Cookies", "guidance cookies"),
    ("Accessibility statement", "guidance accessibility"),
    ("Terms of use", "guidance terms"),
)


@cache
def links(routes: tuple[tuple[str, str], ...]) -> tuple[Link, ...]:
    """The links to the named views; after a space comes the name of a public page."""
    found = []
    for text, route in routes:
        name, *page = route.split()
        found.append(Link(text, reverse(name, args=page)))
    return tuple(found)
