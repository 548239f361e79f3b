"""Where a request comes from, so that tries can be counted by it."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104  # not an address to listen on: all whose address is unknown count as one


def client_address(request: HttpRequest) -> str:
    """The address of whoever sent a request; for IPv6 that of their network, of which one person has all.

    Behind `PORTAL_PROXY_COUNT` proxies of our own, each of which adds the address that it saw to
    `X-Forwarded-For`, the first of these counts: whatever stands before it, anybody could have written.
    """
    near = request.META.get("REMOTE_ADDR", "")
    if not settings.IS_BEHIND_PROXY:
        return _tidy(near) or UNKNOWN
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    count = settings.PROXY_COUNT
    seen = _tidy(hops[-count]) if len(hops) >= count else ""
    return seen or _tidy(near) or UNKNOWN


def _tidy(written: str) -> str:
    """An address in one spelling; empty if it is none."""
    try:
        address = ip_address(written.strip().strip("[]"))
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))
