"""What a reader did with a record: results opened, what they want to be warned and told of, and when they looked."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from surgeries.models import Patient


class OpenedResult(models.Model):
    """That someone went through the page before a result, and so sees its values from now on (R5.5).

    `entry_id` is the report, or the measurement where it stands in no report. What changes after
    `opened_at` stands behind its page again.
    """

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    viewer_id = models.UUIDField()
    entry_id = models.UUIDField()
    opened_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["patient", "viewer_id", "entry_id"], name="opened_result_by_entry")
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} opened"


class SpokenAbout(models.Model):
    """That the surgery spoke to the patient about a result which they asked to be told of first (R5.5)."""

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    entry_id = models.UUIDField()
    spoken_by_id = models.UUIDField()
    spoken_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["patient", "entry_id"], name="spoken_about_by_entry")]

    def __str__(self) -> str:
        return f"{self.entry_id} spoken about"


class Wish(models.TextChoices):
    """How a patient wants to meet results of one category."""

    SHOW = "show", "Show them like other results"
    ASK = "ask", "Ask me before each one opens"
    HOLD = "hold", "Keep them closed until my surgery has spoken to me"


class ResultWish(models.Model):
    """What a patient asked for one category of results; changes are in the audit log."""

    pk = models.CompositePrimaryKey("patient_id", "category")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.CharField(max_length=40)
    wish = models.CharField(max_length=10, choices=Wish)
    chosen_by_id = models.UUIDField()
    chosen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.category}: {self.wish}"


class EverWished(models.Model):
    """That a patient asked, now or once, to meet some results in another way than the rest (ADR 43).

    A trigger adds it with the first such wish, and nothing takes it away: it says that it has to be asked what the
    wishes are, never what they are. It is read with the decision that holds, before the rows of a patient are open.
    """

    patient = models.OneToOneField(
        Patient, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"wishes of {self.patient_id}"


class Visit(models.Model):
    """When someone began to look at a record, so that they can be told what is new since."""

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    viewer_id = models.UUIDField()
    began_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["patient", "viewer_id", "-began_at"], name="visit_newest")]

    def __str__(self) -> str:
        return f"visit at {self.began_at}"


class KnownWord(models.Model):
    """A word that stands somewhere in a patient's record, and in which entries: where a search begins.

    It is only ever compared, never shown: it may stand in what the reader does not see (R2.3). `entries`
    may hold more than are true today: each is looked at again.
    """

    pk = models.CompositePrimaryKey("patient_id", "word")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    word = models.CharField(max_length=60)
    entries = ArrayField(models.UUIDField(), default=list)

    def __str__(self) -> str:
        return f"a word of {self.patient_id}"


class NewsChoice(models.Model):
    """Whether one person wants to be told that there is something new in one record, and up to when they were told.

    `entries_until` and `access_until` are up to when what came, and what was decided about the patient's access, was
    looked at for them: what is later is told with the next batch. `moved_at` is when an extract last changed anything,
    seen or not, in a record of which they want to be told; it only says where to look (R2.3).
    """

    viewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    is_wanted = models.BooleanField(default=False)
    chosen_at = models.DateTimeField(null=True)
    entries_until = models.DateTimeField(null=True)
    access_until = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "viewer"], name="news_choice_once_for_a_reader"
            ),
            models.CheckConstraint(
                name="news_that_is_wanted_has_a_beginning",
                condition=Q(is_wanted=False) | Q(entries_until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["viewer"],
                name="news_to_look_for",
                condition=Q(is_wanted=True, moved_at__gt=F("entries_until")),
            ),
        ]

    def __str__(self) -> str:
        return f"news of {self.patient_id} for {self.viewer_id}"
