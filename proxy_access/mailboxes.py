"""Whether two e-mail addresses reach the same mailbox: whoever reads one then reads the other."""

from datetime import date
from uuid import UUID

from accounts.models import OnlineRegistration, User
from proxy_access.models import Nomination, ProxyGrant

IGNORES_DOTS = {"gmail.com", "googlemail.com"}


def is_same_mailbox(one: str, other: str) -> bool:
    """Whether mail to both ends up in one place, as far as the addresses tell."""
    return _mailbox(one) == _mailbox(other)


def sharers_of(user: User, *, on: date) -> set[UUID]:
    """Who acts, acted or is invited to act for this patient and has an address of the same mailbox.

    Only those of whom the patient is told: what they are asked about it must not tell them of others (R4.5). Nobody for
    whoever is no patient: a proxy learns nothing of the patient's address (R4.11).
    """
    live = OnlineRegistration.objects.live(on).filter(user=user).values("patient")
    grants = ProxyGrant.objects.known_to_proxy().filter(patient__in=live)
    invited = Nomination.objects.filter(patient__in=live).select_related("grant")
    found = dict.fromkeys(grants.exclude(proxy=user).values_list("proxy_id", "proxy__email"))
    found |= dict.fromkeys((each.stands_for, each.email) for each in invited)
    return {other for other, email in found if is_same_mailbox(email, user.email)}


def _mailbox(address: str) -> tuple[str, str]:
    name, _, domain = address.strip().casefold().rpartition("@")
    domain = _in_ascii(domain)
    name = name.partition("+")[0]  # what follows is for its owner's own sorting
    if domain in IGNORES_DOTS:
        return name.replace(".", ""), "gmail.com"
    return name, domain


def _in_ascii(domain: str) -> str:
    """A domain as the network knows it: one with letters of other languages can be written in two ways."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


__all__ = ["is_same_mailbox", "sharers_of"]
