"""How a review stands: what its decision would open now, what is flagged, what was decided, what is left (R8.6)."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from accounts.staff import StaffAccess
from records.models import AccessGrant, Decision, EntryDecision, GrantReview
from records.previewing.flagged import flags_revealed
from records.previewing.reveals import Revealed, digest, newly_revealed
from records.sensitive.flagging import Flag
from surgeries.models import Patient
from surgeries.terms import Level, Section

Kind = EntryDecision.Kind
UNDATED = "No date"


@dataclass(frozen=True)
class Standing:
    """A review as it is at this moment; everything else on its pages follows from these."""

    review: GrantReview
    latest: AccessGrant | None
    revealed: Revealed
    flags: dict[UUID, list[Flag]]
    decisions: dict[UUID, EntryDecision]
    """The decision that was made last about each entry, whether or not it still holds."""

    def holds(self, entry_id: UUID) -> bool:
        """Whether a decision about an entry was made from what would open now, by rules that are all of today's."""
        made = self.decisions.get(entry_id)
        if made is None or entry_id not in self.revealed:
            return False
        rules = {flag.rule.id for flag in self.flags.get(entry_id, ())}
        return made.seen == self.revealed[entry_id].seen and rules <= set(made.rules)

    def kind(self, entry_id: UUID) -> str:
        """What was decided about an entry, as far as it holds; empty where nothing does."""
        return self.decisions[entry_id].kind if self.holds(entry_id) else ""

    @cached_property
    def undecided(self) -> list[UUID]:
        """Flagged entries without a decision that holds, in their order."""
        return [entry_id for entry_id in self.flags if not self.holds(entry_id)]

    @cached_property
    def changed(self) -> list[UUID]:
        """Entries that somebody decided about before they changed, or before more of them was flagged."""
        return [one for one in self.revealed if one in self.decisions and not self.holds(one)]

    @cached_property
    def asked(self) -> list[UUID]:
        """Entries about which a clinician was asked and nobody has decided since."""
        return self._decided(Kind.ASK)

    @cached_property
    def hidden(self) -> list[UUID]:
        """Entries that are to be hidden."""
        return self._decided(Kind.HIDE)

    def _decided(self, kind: str) -> list[UUID]:
        return [entry_id for entry_id in self.revealed if self.kind(entry_id) == kind]

    @cached_property
    def rest(self) -> list[UUID]:
        """Entries that no rule flags."""
        return [entry_id for entry_id in self.revealed if entry_id not in self.flags]

    @property
    def rest_seen(self) -> str:
        """A digest of the rest."""
        return digest(self.revealed[entry_id].seen for entry_id in self.rest)

    @property
    def is_rest_accepted(self) -> bool:
        """Whether somebody accepted this rest, or read all of it entry by entry."""
        was_accepted = (
            self.review.rest_accepted_at is not None and self.review.rest_seen == self.rest_seen
        )
        return was_accepted or all(self.holds(entry_id) for entry_id in self.rest)

    @property
    def is_rest_changed(self) -> bool:
        """Whether the rest was accepted and is another since."""
        return self.review.rest_accepted_at is not None and not self.is_rest_accepted

    @property
    def is_access_changed(self) -> bool:
        """Whether somebody decided about the access since the review was opened."""
        return self.latest is not None and self.latest.decided_at > self.review.opened_at

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to read, to decide or to ask."""
        decided = not self.undecided and not self.asked and not self.changed
        return decided and self.is_rest_accepted

    @cached_property
    def seen(self) -> str:
        """A digest of all that a decision is made from: the proposal, what holds now, and each entry."""
        review = self.review
        proposed = (review.current_level, review.historical_level, review.starts_on,
                    review.restricted_sections, self.latest and self.latest.pk)  # fmt: skip
        entries = (
            f"{one.entry_id} {one.seen} {self.kind(one.entry_id)}" for one in self.revealed.values()
        )
        return digest([*proposed, *entries])

    @property
    def is_in_part(self) -> bool:
        """Whether the patient will not have all: something is hidden, closed or below the highest level."""
        levels = {self.review.current_level, self.review.historical_level}
        grant = proposed_grant(self.review)
        closed = grant.restricted_sections
        if closed is None:
            closed = self.review.patient.surgery.restricted_sections
        return bool(levels != {Level.FULL} or self.hidden or closed)

    def counts(self) -> list[tuple[Section, list[tuple[str, int, int]]]]:
        """How many entries open by section and year, the newest year first, and how many of them are flagged."""
        every: dict[Section, Counter[str]] = {}
        flagged: Counter[tuple[str, str]] = Counter()
        for entry in self.revealed.values():
            year = str(entry.effective_on.year) if entry.effective_on else UNDATED
            every.setdefault(Section(entry.section), Counter())[year] += 1
            flagged[entry.section, year] += entry.entry_id in self.flags
        return [
            (section, [(year, years[year], flagged[section, year]) for year in _newest(years)])
            for section, years in every.items()
        ]


def _newest(years: Counter[str]) -> list[str]:
    dated = sorted((year for year in years if year != UNDATED), reverse=True)
    return dated + [UNDATED] * (UNDATED in years)


def standing_of(review: GrantReview, access: StaffAccess) -> Standing:
    """How a review of this patient stands now; inside the patient's rows."""
    latest = AccessGrant.objects.of(access.patient).first()
    revealed = newly_revealed(access.patient, before=latest, after=proposed_grant(review))
    decisions = EntryDecision.objects.filter(
        patient=access.patient, review_id=review.pk, replaced_at=None
    )
    return Standing(
        review=review,
        latest=latest,
        revealed=revealed,
        flags=flags_revealed(access, revealed),
        decisions={made.entry_id: made for made in decisions},
    )


def proposed_grant(review: GrantReview) -> AccessGrant:
    """The decision that a review is about, as it would be: never saved."""
    return AccessGrant(
        patient=review.patient, decision=Decision.GRANTED, current_level=review.current_level,
        historical_level=review.historical_level, starts_on=review.starts_on,
        restricted_sections=review.restricted_sections,
    )  # fmt: skip


def open_review_of(patient: Patient) -> GrantReview | None:
    """The review of a patient that is neither used nor dropped, if there is one."""
    reviews = GrantReview.objects.filter(patient=patient, used_at=None, dropped_at=None)
    return reviews.select_related("request", "opened_by", "finished_by", "rest_accepted_by").first()
