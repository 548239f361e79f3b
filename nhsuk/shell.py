"""What the shell of a page says around its content."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the header or the footer."""

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
    account_links: tuple[Link, ...] = ()
    footer_links: tuple[Link, ...] = ()
