"""What a patient asks to see of their activity; the answers stay in the session, in no address."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils import timezone

from nhsuk.forms import DateField
from proxy_access.models import Whom
from proxy_access.telling import told_of
from records.own_activity.reading import NOTHING, Wanted
from records.own_activity.table import ACCOUNT, KINDS, SHOWN, Kind
from records.own_activity.telling import THROUGH

UNSAID = Q(action__in=["paused", "pause ended"], details__contains={THROUGH: True})
"""Pauses that only the surgery ends: they are asked for as what they read as, the surgery's own acts (ADR 38)."""
UNSAID_OF_SOME = UNSAID & ~Q(details__contains={"whom": Whom.EVERYONE})
ME, SURGERY, OTHERS = "me", "surgery", "others"


class FilterForm(forms.Form):
    """Who, what and when; whatever is left empty asks for all."""

    who = forms.ChoiceField(label="Who", required=False)
    kind = forms.ChoiceField(
        label="What",
        required=False,
        choices=[("", "Everything"), *[(kind.value, words) for kind, words in KINDS.items()]],
    )
    from_on = DateField(label="From which day?", noun="The first day", required=False)
    to_on = DateField(label="To which day?", noun="The last day", required=False)

    def __init__(self, *args, access, **kwargs):
        super().__init__(*args, **kwargs)
        self.access = access
        acting = told_of(access.patient, today=timezone.localdate())
        self.acting = {str(one.grant.proxy_id): one.name for one in acting}
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            ("", "Everybody"),
            (ME, "Me"),
            *self.acting.items(),
            (SURGERY, f"Staff of {access.patient.surgery.name}"),
            (OTHERS, "Computer systems, and people without access"),
        ]

    def clean(self):
        """The days in order."""
        given = self.cleaned_data
        first, last = given.get("from_on"), given.get("to_on")
        if first and last and first > last:
            self.add_error("to_on", "The last day must be the first day or after it")
        return given

    @property
    def wanted(self):
        """The conditions for both chains."""
        given = self.cleaned_data
        moment = _between(given.get("from_on"), given.get("to_on"))
        own, account = _of_kind(given.get("kind"))
        is_me = given.get("who") in ("", ME)
        return Wanted(
            own & moment & self._by(given.get("who")), account & moment if is_me else NOTHING
        )

    @property
    def told(self):
        """What is asked for, in words, so that nobody takes it for all; empty where it is all."""
        given = self.cleaned_data
        words = []
        if given.get("who"):
            words.append(dict(self.fields["who"].choices)[given["who"]])  # type: ignore[attr-defined]
        if given.get("kind"):
            words.append(KINDS[Kind(given["kind"])])
        if given.get("from_on"):
            words.append(f"from {given['from_on']:%-d %B %Y}")
        if given.get("to_on"):
            words.append(f"to {given['to_on']:%-d %B %Y}")
        return words

    def _by(self, who):
        """The condition for a person's events."""
        me = Q(actor_id=self.access.viewer.pk)
        acting = Q(actor_id__in=[UUID(each) for each in self.acting], duty="")
        if who in self.acting:
            return Q(actor_id=UUID(who), duty="")
        return {
            ME: me,
            SURGERY: ~Q(duty="") | UNSAID,
            OTHERS: Q(duty="") & (Q(actor_id=None) | ~(me | acting)) & ~UNSAID,
        }.get(who, Q())


def _between(first, last):
    zone = timezone.get_current_timezone()
    condition = Q()
    if first:
        condition &= Q(at__gte=datetime.combine(first, time(), zone))
    if last and last < date.max:
        condition &= Q(at__lt=datetime.combine(last + timedelta(days=1), time(), zone))
    return condition


def _of_kind(kind):
    """The conditions of a kind on both chains."""
    if not kind:
        return Q(), Q()
    own = [action for action, line in SHOWN.items() if line.kind == kind]
    account = [action for action, line in ACCOUNT.items() if line.kind == kind]
    found = Q(action__in=own)
    if kind == Kind.PEOPLE:
        found |= UNSAID_OF_SOME
    elif kind == Kind.ACCESS:
        found &= ~UNSAID_OF_SOME
    return found, Q(action__in=account)
