"""What came with a record: the source's warnings, attachments, and the extracts themselves."""

import uuid

from django.db import models

from records.attaching import is_too_large
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


class Document(models.Model):
    """An attachment of a document entry: where its content is, if anywhere (R6.9)."""

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

    @property
    def is_too_large(self) -> bool:
        """Whether it is too large to be opened; of what is withheld nothing is told (R6.9, R2.3)."""
        has_source = bool(self.source_url)
        return not self.withheld and is_too_large(self.size, self.title, has_source=has_source)

    def __str__(self) -> str:
        return f"attachment {self.position} of {self.entry_id}"


class ImportedExtract(models.Model):
    """One extract that was loaded: when, from where, and what it changed."""

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    content_hash = models.CharField(max_length=64)
    extracted_at = models.DateTimeField(null=True)
    loaded_at = models.DateTimeField()
    sections = models.JSONField(default=list)
    counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"extract loaded {self.loaded_at}"
