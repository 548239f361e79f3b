"""What the shell of a page says around its content."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the shell: in the header, in the footer, or back to a page above."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The header and footer of one page; a context processor passes one to each as `shell`.

    Without `signed_in_as` the header has no account part, and so no button to sign out.
    """

    home_href: str = "/"
    surgery_name: str = ""
    signed_in_as: str = ""
    sign_out_href: str = ""
    exit_href: str = ""
    """Where “Exit this page” leads: whoever is signed in has it on every page (R5.3)."""
    account_links: tuple[Link, ...] = ()
    menu_links: tuple[Link, ...] = ()
    footer_links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How a page warns whoever is signed in that this ends, in time for them to stay (R3.4).

    Without JavaScript the page goes to `ask_href` after `ask_in` seconds. With it, the page then asks
    `time_href` how much is left, and shows its warning when that is less than `warn_at` seconds. Where the
    time is nearly over and cannot be made longer (`is_last`), each page says so. Nothing here differs from
    person to person, but on the page that asks: that has the `place` to go back to.
    """

    ask_in: int
    ask_href: str
    time_href: str
    stay_href: str
    warn_at: int
    place: str = ""
    is_last: bool = False
