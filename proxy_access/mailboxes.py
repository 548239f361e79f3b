"""Whether two e-mail addresses reach the same mailbox: whoever reads one then reads the other."""

IGNORES_DOTS = {"gmail.com", "googlemail.com"}


def is_same_mailbox(one: str, other: str) -> bool:
    """Whether mail to both ends up in one place, as far as the addresses tell."""
    return _mailbox(one) == _mailbox(other)


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


__all__ = ["is_same_mailbox"]
