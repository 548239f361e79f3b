"""What a change for many patients would newly open, counted before anybody makes it."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import User
from records.models.grant import AccessGrant
from records.models.request import PracticeChange
from surgeries.models import Surgery


class ChangePreview(models.Model):
    """One change as proposed, and what it would open for whom; counted in the background, never deleted."""

    class Kind(models.TextChoices):
        LEVELS = "levels", "Levels of many patients"
        GO_LIVE = "go-live", "The go-live date"
        SECTIONS = "sections", "Sections that stay closed"
        ACCOUNTS = "accounts", "New online accounts"

    class State(models.TextChoices):
        COUNTING = "counting", "Being counted"
        READY = "ready", "Counted"
        FAILED = "failed", "Could not be counted"
        SAVING = "saving", "Being saved"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    surgery = models.ForeignKey(Surgery, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    proposed = models.JSONField()
    """The cohort and its levels, or the new setting with the one that it takes the place of."""
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.COUNTING)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    found = models.JSONField(default=list)
    """For each patient: id, the decision that held, entries newly open, flagged, and a seal over which these are."""
    left_out = models.JSONField(default=dict)
    """How many patients the change leaves as they are, by why."""
    reason = models.TextField(blank=True)
    reason_for_patient = models.TextField(blank=True)
    with_flagged = models.BooleanField(default=False)
    """Whether patients with flagged entries are changed too."""
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """Who would make it, where a second person has to agree; None again once it was sent back."""
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    """The second person."""
    sent_back_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    sent_back_because = models.TextField(blank=True, default="", db_default="")
    """Why somebody did not agree, for colleagues."""
    used_at = models.DateTimeField(null=True)
    change = models.ForeignKey(
        PracticeChange, on_delete=models.PROTECT, null=True, related_name="previews"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="change_preview_that_is_proposed_has_a_reason",
                condition=Q(proposed_by=None) | ~Q(reason=""),
            )
        ]
        indexes = [models.Index(fields=["surgery", "-asked_at"], name="change_preview_newest")]

    def __str__(self) -> str:
        return f"preview {self.id}"


OWN_FIELD: dict[str, str] = {
    ChangePreview.Kind.GO_LIVE: "starts_on",
    ChangePreview.Kind.SECTIONS: "restricted_sections",
}
"""Where a decision holds what is a patient's own, in place of a setting of the surgery (R1.2, R1.12)."""


class KeptDecision(models.Model):
    """A decision that leaves a patient what they had while a setting opens more to everybody else; only ever added.

    Nobody decided about them: the decision repeats the one that held, with the date or the sections that held for them
    by the setting before.
    """

    grant = models.OneToOneField(
        AccessGrant, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    preview = models.ForeignKey(ChangePreview, on_delete=models.PROTECT, related_name="kept")
    why = models.CharField(max_length=30, blank=True)
    """Why it opens nothing to them; empty where what was kept follows a later setting that closes more."""

    def __str__(self) -> str:
        return f"kept {self.why}"
