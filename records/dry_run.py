"""What somebody would see who acted for a patient: the real pages, through the one filter, before anybody does (R4.4)."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse

from accounts.models import User
from proxy_access.access import Refusal, access_if_granted
from proxy_access.models import Nomination, ProxyGrant
from records.content import PartialDate
from records.grants import with_levels
from records.models import Entry, Redaction
from records.models.entry import EntryQuerySet
from records.seeing import seen_below
from records.titles import title_of
from records.visibility import RecordAccess
from surgeries.terms import Section


@dataclass(frozen=True)
class Part:
    """One part of the record, and what of it the person would see today."""

    section: Section
    is_chosen: bool
    is_open: bool
    """Whether anything of it can be open, to the patient too."""
    entries: int


class HiddenHere(NamedTuple):
    """An entry that is hidden from one person: what its lists say of it, and no more."""

    id: UUID
    title: str
    when: PartialDate


@dataclass(frozen=True)
class DryRun:
    """A patient's record as the person would see it today whom they want to invite."""

    nomination: Nomination
    own: RecordAccess
    """The patient's own access, at whose levels it is."""
    today: date

    @cached_property
    def access(self) -> RecordAccess:
        """What the person would have; what is hidden from them is hidden under the nomination's id until they accept."""
        person = User(id=self.nomination.pk, name=self.nomination.name)
        grant = ProxyGrant(patient=self.own.patient, proxy=person, scopes=self.nomination.scopes)
        would_be = access_if_granted(grant, on=self.today)
        found = would_be if isinstance(would_be, Refusal) else with_levels(would_be)
        if not isinstance(found, RecordAccess):
            raise TypeError(
                "the record is open to its patient, so it would be to whoever acts for them"
            )
        return found

    @property
    def parts(self) -> list[Part]:
        """Every part of the record, with what would be seen of it."""
        counts = self.counts()
        return [
            Part(
                section,
                section in self.nomination.scopes,
                self.own.allows(section),
                counts.get(section, 0),
            )
            for section in Section
        ]

    def counts(self) -> dict[str, int]:
        """How many entries the person would see of each section; those with none are left out."""
        rows = Entry.objects.visible_to(self.access).entries().order_by().values_list("section")
        return dict(rows.annotate(Count("id")))

    @property
    def hidden(self) -> int:
        """How many entries of these parts the patient hides from this person, or from everybody who acts for them."""
        theirs = Q(audience=Redaction.Audience.PROXIES) | Q(proxy_id=self.nomination.pk)
        return self._hidden(theirs).count()

    @property
    def hidden_here(self) -> list[HiddenHere]:
        """Those that are hidden from this person alone, newest first."""
        rows = self._hidden(Q(proxy_id=self.nomination.pk)).in_lines(self.own).newest_first()
        return [
            HiddenHere(
                row.id,
                title_of(row),
                PartialDate(row.effective_on, row.effective_time, row.effective_precision),
            )
            for row in rows
        ]

    def _hidden(self, theirs: Q) -> EntryQuerySet:
        """Never what the surgery hides (R2.3), and of the patient's own only what they see themself."""
        held = Redaction.objects.filter(
            theirs, patient=self.own.patient, by_patient=True, undone_at=None
        )
        seen = Entry.objects.visible_to(self.own).filter(section__in=self.nomination.scopes)
        return seen.filter(id__in=list(held.values_list("entry_id", flat=True)))

    @property
    def home(self) -> str:
        """Where the pages seen so begin."""
        return reverse("records:invite-as", args=[self.own.patient.pk, self.nomination.pk])

    @property
    def look(self) -> str:
        """The page that counts what they would see."""
        return reverse("records:invite-look", args=[self.own.patient.pk, self.nomination.pk])

    def hide(self, entry_id: UUID) -> str:
        """Where hiding an entry from them is sent."""
        names = [self.own.patient.pk, self.nomination.pk, entry_id]
        return reverse("records:invite-hide", args=names)

    def show(self, entry_id: UUID) -> str:
        """Where showing it again is sent."""
        names = [self.own.patient.pk, self.nomination.pk, entry_id]
        return reverse("records:invite-show", args=names)

    def url(self, name: str, *args: object, **kwargs: object) -> str:
        """Where a link of the record's pages leads: into this record, to the same page seen so."""
        return seen_below(self.home, self.own.patient, reverse(name, args=args, kwargs=kwargs))
