"""One row of the record: an entry, or a part of one."""

import uuid
from datetime import date, datetime, time
from typing import Any, NamedTuple, Self

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.staff import StaffAccess
from records.content import CONTENT_BY_KIND, FREE_TEXT_BY_KIND
from records.sealing import (
    UnlessSealed,
    is_sealed,
    no_details,
    open_details,
    open_details_alone,
    text_is_open,
    text_of_opened,
    whole,
)
from records.section_groups import place
from records.test_names import measured_outside_reports
from records.visibility import (
    LOADED_WRONGLY,
    RecordAccess,
    is_gone,
    is_only_hidden,
    shown_rule,
    was_visible,
)
from records.visibility import hiding_rule as hiding_rule_of
from records.visibility import is_visible as is_visible_to
from surgeries.models import Patient
from surgeries.terms import Level, Section


class Origin(models.TextChoices):
    """Where an entry was first written; all but native are historical whatever their date (R1.4)."""

    NATIVE = "native", "This surgery"
    TRANSFERRED = "transferred", "Another surgery"
    BACK_SCANNED = "back-scanned", "Scanned from paper"
    SUMMARISED = "summarised", "Summarised from older notes"


class Precision(models.TextChoices):
    """How much of a date the source knew (R6.7)."""

    TIME = "time", "Time"
    DAY = "day", "Day"
    MONTH = "month", "Month"
    YEAR = "year", "Year"
    UNKNOWN = "unknown", "Unknown"


class RecordedFrom(models.TextChoices):
    """How we know when an entry was recorded (R1.3)."""

    SOURCE = "source", "The source says"
    EXTRACT = "extract", "It first came with a later extract"
    UNKNOWN = "unknown", "Not known"


def content_of(kind: str, details: dict[str, Any]) -> msgspec.Struct:
    """Coded content as the type of its kind."""
    return msgspec.convert(details, CONTENT_BY_KIND[kind])


CONTENT = {kind: msgspec.json.Decoder(type_) for kind, type_ in CONTENT_BY_KIND.items()}
FREE_TEXT = {kind: msgspec.json.Decoder(type_) for kind, type_ in FREE_TEXT_BY_KIND.items()}
"""The types of a row's content and words, for JSON as the database writes it."""


def words_of(kind: str, text: dict[str, Any] | None) -> msgspec.Struct | None:
    """Free text as the type of its kind, if there is any."""
    return msgspec.convert(text, FREE_TEXT_BY_KIND[kind]) if text else None


class Row(NamedTuple):
    """What a list shows of an entry or part: a model instance of each costs more than all the rest.

    Content and words are JSON as the database writes it, unpacked once and by whoever needs them.
    """

    id: uuid.UUID
    root_id: uuid.UUID | None
    section: str
    kind: str
    title: str
    effective_on: date | None
    effective_time: time | None
    effective_precision: str
    coded_json: str | None
    text_json: str | None
    place: int = 0

    @property
    def is_sealed(self) -> bool:
        """Whether what it says stands behind the page of R5.5."""
        return self.coded_json is None

    @property
    def coded(self) -> dict[str, Any] | None:
        """The coded content as stored; None while it is sealed."""
        return None if self.coded_json is None else msgspec.json.decode(self.coded_json)

    @property
    def text(self) -> dict[str, Any] | None:
        """The free text as stored, where the reader's level opens it and there is any (R1.7)."""
        return None if self.text_json is None else msgspec.json.decode(self.text_json)

    @property
    def content(self) -> msgspec.Struct:
        """The coded content, as the type of its kind; empty while it is sealed."""
        return CONTENT[self.kind].decode(self.coded_json or "{}")

    @property
    def words(self) -> msgspec.Struct | None:
        """The free text, as the type of its kind."""
        told = self.text_json
        return None if told in NOTHING else FREE_TEXT[self.kind].decode(told)


NOTHING = (None, "null", "{}")
"""How no free text is written: the model keeps it as JSON, an import as a null of the database."""
COLUMNS_OF_ROWS = tuple(name.removesuffix("_json") for name in Row._fields)
"""What a query calls the fields of a Row."""


def as_json(column: str) -> Any:
    """A column of a Row for `values_list`: what is JSON stays as the database writes it."""
    is_json = column in ("coded", "text")
    return models.functions.Cast(column, models.TextField()) if is_json else column


UNREAD = ("details", "free_text", "search_words", "search_text")
"""The columns that no reader's query loads as they are."""


class EntryQuerySet(models.QuerySet["Entry"]):
    """Rows of one patient's record. Readers start at `visible_to` or `seen_by_staff`, importers at `of`."""

    def visible_to(self, access: RecordAccess) -> Self:
        """The rows that this viewer may read: where every list, count, chart and download starts."""
        found = self.filter(is_visible_to(access))
        told = found.annotate(coded=open_details(access), text=text_is_open(access))
        return told._without_words()

    def _without_words(self) -> Self:
        """What is not loaded cannot be reached through a row."""
        return self.defer(*UNREAD).fetch_mode(models.FETCH_RAISE)

    def without_text(self) -> Self:
        """The same without their free text, for pages that show none."""
        return self.annotate(text=models.expressions.RawSQL("null::jsonb", (), models.JSONField()))

    def text_by_level(self, access: RecordAccess) -> Self | None:
        """The same with free text by its level alone, for a statement that leaves it out where the content is sealed.

        None where this text does not ask what seals its row anyway.
        """
        if not isinstance(self.query.annotations["text"], UnlessSealed):
            return None
        return self.annotate(text=text_of_opened(access))

    def without_content(self) -> Self:
        """The same with title and date alone, where what they say, and whether it is sealed, is asked of nobody."""
        nothing = models.expressions.RawSQL("null::jsonb", (), models.JSONField())
        return self.annotate(coded=nothing, text=nothing)

    def outside_reports(self, access: RecordAccess) -> Self:
        """Those of all sections but test results, without free text: what seals them takes less to look for."""
        rows = self.exclude(section=Section.TEST_RESULTS).without_text()
        return rows.annotate(coded=open_details_alone(access))

    def opened_to(self, access: RecordAccess) -> Self:
        """Those that are not sealed, so that what they say is loaded without asking again (R5.5, R1.7)."""
        return self.filter(models.Q(is_sealed(access), _negated=True))._told(access)

    def in_open_reports(self, access: RecordAccess, reports: models.expressions.RawSQL) -> Self:
        """The parts of reports that the same statement finds not to be sealed, of which each part says the same (R5.5)."""
        return self.filter(reports, section=Section.TEST_RESULTS)._told(access)

    def _told(self, access: RecordAccess) -> Self:
        return self.annotate(coded=models.F("details"), text=text_of_opened(access))

    def in_lines(self, access: RecordAccess) -> Self:
        """The same for a list that says of each only what it is called, its date, and whether it is sealed (R5.5)."""
        return self.without_text().annotate(coded=no_details(access))

    def taken_back_from(self, access: RecordAccess, since: datetime) -> Self:
        """Rows that this viewer could see at a moment and the source took back since: to say that they are gone."""
        return self.filter(was_visible(access, since))._without_words()

    def gone_from(self, access: RecordAccess) -> Self:
        """Rows that the source took back and this viewer could see today otherwise: for what they wrote of them."""
        return self.filter(is_gone(access))._without_words()

    def hidden_from(self, access: RecordAccess) -> Self:
        """Rows that only a redaction keeps from this viewer: to tell whether one more was hidden, never to show."""
        return self.filter(is_only_hidden(access))._without_words()

    def seen_by_staff(self, access: StaffAccess) -> Self:
        """Everything held of a patient, for the staff of their surgery; hidden rows are marked (R2.2)."""
        return self.filter(patient=access.patient).annotate(
            coded=models.F("details"), text=models.F("free_text")
        )

    def of(self, patient: Patient) -> Self:
        """Everything held of a patient, for loading extracts."""
        return self.filter(patient=patient)

    def explained_to(self, access: RecordAccess) -> Self:
        """Everything held, each row with the rule that shows it or the one that hides it."""
        return self.filter(patient=access.patient).annotate(
            is_shown=models.Case(
                models.When(is_visible_to(access), then=True),
                default=False,
                output_field=models.BooleanField(),
            ),
            hiding_rule=hiding_rule_of(access),
            shown_rule=shown_rule(access),
        )

    def entries(self) -> Self:
        """Whole entries, without the parts below them."""
        return self.filter(root_id=None)

    def in_section(self, section: str) -> Self:
        """Those of one section."""
        return self.filter(section=section)

    def below(self, entry: "Entry") -> Self:
        """The parts of an entry in the source's order (R6.3)."""
        return self.filter(root_id=entry.id).order_by("position")

    def as_rows(self) -> list[Row]:
        """What a list shows of them."""
        columns = [as_json(each) for each in self.columns_of_rows()]
        return [Row(*row) for row in self.values_list(*columns)]

    def columns_of_rows(self) -> tuple[str, ...]:
        """The columns of a Row; `place` where the query has one."""
        return COLUMNS_OF_ROWS[: None if "place" in self.query.annotations else -1]

    def newest_first(self) -> Self:
        """By clinical date, what has none last (R6.7)."""
        return self.order_by(
            models.F("effective_on").desc(nulls_last=True),
            models.F("effective_time").desc(nulls_last=True),
            "position",
            "id",
        )


class Entry(models.Model):
    """What the surgery wrote, with its two dates (R1.1).

    `effective_*` is when it happened: shown and sorted by. `recorded_at` is when it was written down: it
    alone decides whether the entry is current or historical. A part follows its entry in everything that
    decides visibility but its level, which is never lower.

    `added_at` is when it came here, or was released; `readable_since` is since when staff could read it for what is open
    by level, where that is another moment: it was gone and came back, or moved from what was closed (R1.5, R7.3); `changed_at` when anything of it changed; the next two
    say whether what a reader sees did: the coded words, or the free text. `flagged` says that the laboratory
    marked a value as other than normal. `search_words` and `search_text` are what a search compares (lower case,
    without accents); None where the row is not indexed yet. `test_name` is the same for all results of one test.
    `dated_apart` says of a part that it is of another day than its entry; None where nobody has looked yet.
    """

    pk = models.CompositePrimaryKey("patient_id", "id")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    id = models.UUIDField(default=uuid.uuid4, editable=False)
    root_id = models.UUIDField(null=True)
    repeats_id = models.UUIDField(null=True)
    position = models.IntegerField(default=0)
    section = models.CharField(max_length=20, choices=Section)
    kind = models.CharField(max_length=20)
    title = models.TextField()
    effective_on = models.DateField(null=True)
    effective_time = models.TimeField(null=True)
    effective_precision = models.CharField(
        max_length=10, choices=Precision, default=Precision.UNKNOWN
    )
    recorded_at = models.DateTimeField(null=True)
    recorded_from = models.CharField(
        max_length=10, choices=RecordedFrom, default=RecordedFrom.UNKNOWN
    )
    origin = models.CharField(max_length=20, choices=Origin, default=Origin.NATIVE)
    level_needed = models.CharField(max_length=20, choices=Level)
    details = models.JSONField(default=dict)
    free_text = models.JSONField(null=True)
    released = models.BooleanField(default=True)
    unreleased_because = models.CharField(max_length=30, blank=True)
    source_system = models.CharField(max_length=200)
    source_type = models.CharField(max_length=60)
    source_id = models.CharField(max_length=300)
    source_identifier = models.CharField(max_length=300, blank=True, default="", db_default="")
    """What the source calls it whatever the id in one extract; empty where it has no such name."""
    content_hash = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)
    added_at = models.DateTimeField()
    readable_since = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    words_changed_at = models.DateTimeField(null=True)
    text_changed_at = models.DateTimeField(null=True)
    flagged = models.BooleanField(default=False, db_default=False)
    test_name = models.CharField(max_length=200, null=True, db_collation="C")
    dated_apart = models.BooleanField(null=True)
    search_words = ArrayField(models.TextField(), null=True)
    search_text = ArrayField(models.TextField(), null=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "source_system", "source_type", "source_id"],
                name="entry_once_per_source",
            ),
            models.CheckConstraint(
                name="entry_unreleased_has_a_reason",
                condition=Q(released=True, unreleased_because="")
                | (Q(released=False) & ~Q(unreleased_because="")),
            ),
            models.CheckConstraint(
                name="entry_withdrawn_has_a_reason",
                condition=Q(withdrawn_at=None, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because="")),
            ),
        ]
        indexes = [
            models.Index(  # the order of `newest_first`
                "patient",
                "section",
                models.F("effective_on").desc(nulls_last=True),
                models.F("effective_time").desc(nulls_last=True),
                "position",
                "id",
                name="entry_by_section",
                condition=Q(root_id=None),
            ),
            models.Index(  # the order of a section that has groups
                "patient",
                "section",
                place(),
                models.F("effective_on").desc(nulls_last=True),
                models.F("effective_time").desc(nulls_last=True),
                "position",
                "id",
                name="entry_by_place",
                condition=Q(root_id=None),
            ),
            models.Index(fields=["patient", "root_id", "position"], name="entry_parts"),
            # for a long record of which little is open: otherwise all of it is read to find the little
            models.Index(
                fields=["patient", "section", "level_needed"],
                name="entry_by_level",
                condition=Q(root_id=None, released=True, withdrawn_at=None),
            ),
            models.Index(
                fields=["patient", "section", "recorded_at"],
                name="entry_by_recorded",
                condition=Q(root_id=None, origin="native"),
            ),
            models.Index(  # the order of a timeline
                "patient",
                models.F("effective_on").desc(nulls_last=True),
                models.F("effective_time").desc(nulls_last=True),
                "position",
                "id",
                name="entry_by_own_date",
                condition=Q(root_id=None) | Q(dated_apart=True),
            ),
            models.Index(  # what may have happened in some days though its entry did not
                fields=["patient", "effective_on"],
                name="entry_dated_apart",
                condition=Q(dated_apart=True),
            ),
            models.Index(fields=["patient", "changed_at"], name="entry_by_change"),
            models.Index(  # the same test again
                "patient",
                "test_name",
                models.F("effective_on").desc(nulls_last=True),
                "section",
                name="entry_by_test_name",
                condition=Q(test_name__isnull=False),
            ),
            models.Index(  # each test of a section once
                "patient",
                "section",
                "test_name",
                models.F("effective_on").desc(nulls_last=True),
                name="entry_by_test_in_section",
                condition=Q(test_name__isnull=False),
            ),
            models.Index(  # the same outside reports, without what was only written down
                "patient",
                "section",
                "test_name",
                models.F("effective_on").desc(nulls_last=True),
                name="entry_measured_outside",
                condition=measured_outside_reports(),
            ),
            models.Index(  # what seals a report, and all that a reader has not opened
                "patient", whole(), name="entry_flagged_by_report", condition=Q(flagged=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"  # never the title: this ends up in logs

    @property
    def is_misloaded(self) -> bool:
        """Whether it came with an extract that was taken back, as it was perhaps somebody else's (ADR 35)."""
        return self.withdrawn_because == LOADED_WRONGLY

    @property
    def held_since(self) -> datetime:
        """Since when staff could read it before older entries opened, as the one filter asks (R1.5)."""
        return self.readable_since or self.added_at

    coded: dict[str, Any] | None
    """What `visible_to` and `seen_by_staff` load of the content: None while it is sealed (R5.5)."""

    @property
    def is_sealed(self) -> bool:
        """Whether what it says stands behind the page of R5.5."""
        return self.coded is None

    @property
    def content(self) -> msgspec.Struct:
        """The coded content, as the type of its kind; empty while it is sealed."""
        return content_of(self.kind, self.coded or {})

    @property
    def words(self) -> msgspec.Struct | None:
        """The free text, where the reader's level opens it and there is any (R1.7)."""
        return words_of(self.kind, getattr(self, "text", None))
