"""What came with a record: the source's warnings, attachments and their content, and the extracts themselves."""

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from records.attaching import is_too_large
from records.papers.kinds import KINDS, UNKNOWN, Handling, Kind, contradicts, handling_of
from surgeries.models import Patient
from surgeries.terms import Section


class SectionNotice(models.Model):
    """What the source says about a whole section (R2.6); its own words are kept for staff only."""

    pk = models.CompositePrimaryKey("patient_id", "section", "code")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    section = models.CharField(max_length=20, choices=Section)
    code = models.CharField(max_length=40)
    source_text = models.TextField(blank=True)
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.code} on {self.section}"


class Paper(models.Model):
    """The content of an attachment, as it is kept apart from the rows: under which name, how large, of which kind (ADR 36).

    A row is never deleted, so that the content of what the source took back or replaced stays.
    """

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=64)
    """A keyed hash of patient and content; another one once the key is replaced."""
    kind_code = models.CharField(max_length=20)
    size = models.BigIntegerField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "name"], name="paper_once_per_content")
        ]

    @property
    def kind(self) -> Kind:
        """What it is, by its content (R6.9)."""
        return KINDS.get(self.kind_code, UNKNOWN)

    def __str__(self) -> str:
        return f"paper {self.id}"


class Document(models.Model):
    """An attachment of a document entry: where its content is, if anywhere (R6.9).

    `paper_id` names the content that came with the extract; `problem` says why there is none of what came.
    """

    class Problem(models.TextChoices):
        NOT_READABLE = "not-readable", "It could not be read"
        TOO_LARGE = "too-large", "It is larger than what is kept"

    pk = models.CompositePrimaryKey("patient_id", "entry_id", "position")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry_id = models.UUIDField()
    position = models.IntegerField()
    title = models.TextField(blank=True)
    content_type = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(null=True)
    source_url = models.TextField(blank=True)
    withheld = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True)
    paper_id = models.UUIDField(null=True)
    problem = models.CharField(
        max_length=20, choices=Problem, blank=True, default="", db_default=""
    )

    paper: Paper | None = None
    """The content that is kept, where a query brought it along."""

    @property
    def is_too_large(self) -> bool:
        """Whether it is too large to be opened; of what is withheld nothing is told (R6.9, R2.3)."""
        if self.withheld or self.paper_id:
            return False
        if self.problem:
            return self.problem == self.Problem.TOO_LARGE
        return is_too_large(self.size, self.title, has_source=bool(self.source_url))

    @property
    def handling(self) -> Handling | None:
        """What may be done with its content, by what it is; None where there is none, or none that may be seen (R2.4)."""
        if self.paper is None or self.withheld:
            return None
        return handling_of(self.paper.kind, self.content_type)

    @property
    def is_called_otherwise(self) -> bool:
        """Whether the source calls it another kind of file than it is."""
        return self.paper is not None and contradicts(self.content_type, self.paper.kind)

    def __str__(self) -> str:
        return f"attachment {self.position} of {self.entry_id}"


class ExtractQuerySet(models.QuerySet["ImportedExtract"]):
    """Extracts of one patient."""

    def standing(self) -> Self:
        """Those that were not undone, in the order in which they were loaded."""
        return self.filter(undone_at=None).order_by("loaded_at", "id")


class ImportedExtract(models.Model):
    """One extract that was loaded: when, from where, by whom, and what it changed.

    `added` are the rows that it brought; what it updated and withdrew is in `ExtractChange`, and what it changed of
    warnings and attachments in `beside`. One that was loaded before these were kept says so by `keeps_changes`.
    One that is undone stays on file, and counts for nothing (ADR 35).
    """

    class Channel(models.TextChoices):
        COMMAND = "command", "A file, by command"
        FOLDER = "folder", "A file, from a watched folder"
        SUPPLIER = "supplier", "Sent by a supplier’s system"
        DEMO = "demo", "Made up for a demo or a test"

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    content_hash = models.CharField(max_length=64)
    extracted_at = models.DateTimeField(null=True)
    loaded_at = models.DateTimeField()
    sections = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    file_name = models.CharField(max_length=200, blank=True, db_default="")
    """The name without its folders, as that is the operator's."""
    channel = models.CharField(max_length=10, choices=Channel, blank=True, db_default="")
    loaded_by_id = models.UUIDField(null=True)
    forced_because = models.TextField(blank=True, db_default="")
    """Why it was loaded though it is older than the one that was held; empty for any other."""
    keeps_changes = models.BooleanField(default=False, db_default=False)
    added = ArrayField(models.UUIDField(), default=list, db_default=[])
    beside = models.JSONField(default=list, db_default=[])
    undone_at = models.DateTimeField(null=True)
    undone_by_id = models.UUIDField(null=True)
    undone_because = models.TextField(blank=True, db_default="")

    objects = ExtractQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="extract_undone_has_a_reason",
                condition=Q(undone_at=None, undone_because="")
                | (Q(undone_at__isnull=False) & ~Q(undone_because="")),
                violation_error_message="Say why the extract is taken back",
            ),
        ]

    def __str__(self) -> str:
        return f"extract loaded {self.loaded_at}"


class ExtractChange(models.Model):
    """What one extract did to a row that was held already, and what the row said before; only ever added."""

    class Kind(models.TextChoices):
        UPDATED = "updated", "Updated"
        WITHDRAWN = "withdrawn", "Withdrawn"
        NAMED_ANEW = "named-anew", "The same under another name in the source"

    pk = models.CompositePrimaryKey("patient_id", "extract_id", "entry_id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    extract_id = models.UUIDField()
    entry_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind)
    before = models.JSONField()

    def __str__(self) -> str:
        return f"{self.entry_id} {self.kind}"
