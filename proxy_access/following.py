"""Following what another system tells of a grant that came from it: what takes away at once, what gives by the surgery's word."""

from proxy_access.changing import end_sooner, follow
from proxy_access.deciding import what_prevents
from proxy_access.matching import NotTaken
from proxy_access.models import GrantSource, ProxyGrant
from proxy_access.statuses import ProxyStatus, StatusReason
from proxy_access.told_case import Case, Move, Taken, check_capacity, keep_told, scopes_of


def follow_told(case: Case, source: GrantSource) -> Taken:
    """Follow what another system tells of a grant that came from it."""
    role, grant = case.role, source.grant
    waits = grant.status == ProxyStatus.PROPOSED
    gives = role.status == ProxyStatus.ACTIVE and waits and case.by is not None
    is_same = (role.status, role.reason, role.ends_on) == (
        source.status,
        source.reason,
        source.ends_on,
    )
    _check_follows(case, source)
    if is_same and not gives:
        return Taken(grant, "unchanged")
    move = _next(case, grant)
    if gives:
        _decide(case, grant)
    if move:
        grant = follow(grant, *move, by=case.by, at=case.now, words=case.words(move[1]))
    if role.ends_on:
        end_sooner(grant, role.ends_on, by=case.by, at=case.now, words=case.words(role.reason))
    return keep_told(case, source, "changed")


def _decide(case: Case, grant: ProxyGrant) -> None:
    """Keep who decided what waited, from today; raises NotTaken where that is not what they were shown (R4.3)."""
    if grant.ends_on and grant.ends_on < case.today:
        raise NotTaken("its end date is past, so there is nothing to confirm")
    if words := what_prevents(grant, today=case.today):
        raise NotTaken(words)
    if set(grant.scopes) != set(scopes_of(case)):
        raise NotTaken(
            "it waits with other parts than --scopes names: name the same, or use its page"
        )
    ProxyGrant.objects.filter(pk=grant.pk).update(
        starts_on=max(grant.starts_on, case.today), decided_by=case.by, decided_at=case.now
    )


def _check_follows(case: Case, source: GrantSource) -> None:
    """Refuse what is not the same grant, what is older than what is known, and what would give more (R4.3, R4.6)."""
    role, grant = case.role, source.grant
    if (grant.proxy_id, grant.legal_basis, source.starts_on) != (
        case.proxy.pk,
        role.basis,
        role.starts_on,
    ):
        raise NotTaken("its person, basis or start is not that of before: that takes another grant")
    if role.changed_at and source.changed_at and role.changed_at < source.changed_at:
        raise NotTaken("a later state of it was taken in already")
    is_longer = source.ends_on and (role.ends_on is None or role.ends_on > source.ends_on)
    if is_longer:
        raise NotTaken("it ends later there: renew it on its page, where both sides are told")


def _next(case: Case, grant: ProxyGrant) -> Move | None:
    """What to do here for the state that is told; None where only dates differ. Raises NotTaken (R4.9)."""
    role = case.role
    waits = grant.status == ProxyStatus.PROPOSED
    if waits and role.status == ProxyStatus.ACTIVE:
        check_capacity(case)
        return (ProxyStatus.ACTIVE, StatusReason.ACTIVATED) if case.by else None
    if waits and role.status in (ProxyStatus.SUSPENDED, ProxyStatus.ENDED):
        return ProxyStatus.ENTERED_IN_ERROR, StatusReason.APPLICATION_WITHDRAWN
    if grant.status == role.status != ProxyStatus.SUSPENDED:
        return None
    if role.status == ProxyStatus.ACTIVE and not case.by:
        raise NotTaken(
            "only the surgery lets it begin again: a member of staff confirms it with --confirmed-by"
        )
    return role.status, role.reason
