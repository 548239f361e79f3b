"""The four things to weigh before a record opens, agreed to in every session (R5.1)."""

from datetime import datetime
from enum import StrEnum

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from audit import log
from records.models import WarningAgreement
from records.visibility import RecordAccess

VERSION = "2026-11-28"
"""The wording of the four pages: a new one asks everybody again."""

AGREED, READ = "warnings_agreed", "warnings_read"


class Consideration(StrEnum):
    """The four pages, in their order."""

    BAD_NEWS = "bad-news"
    SHARING = "sharing"
    COERCION = "coercion"
    MISUNDERSTANDING = "misunderstanding"

    @property
    def following(self) -> "Consideration | None":
        """The page after this one; None after the last."""
        pages = list(Consideration)
        after = pages[pages.index(self) + 1 :]
        return after[0] if after else None

    @property
    def number(self) -> int:
        """Its place, from 1."""
        return list(Consideration).index(self) + 1


def has_agreed(session: SessionBase, access: RecordAccess) -> bool:
    """Whether this session agreed to this wording for this patient: one record's agreement opens no other."""
    return bool(session.get(AGREED, {}).get(str(access.patient.pk)) == VERSION)


def first_page_to_read(session: SessionBase, access: RecordAccess) -> Consideration:
    """The first of the four that this session has not read for this patient; the last when all are."""
    read = _read(session, access)
    return next(
        (page for page in Consideration if page not in read), Consideration.MISUNDERSTANDING
    )


def note_as_read(session: SessionBase, access: RecordAccess, page: Consideration) -> None:
    """Note that the person agreed to one page."""
    read = session.get(READ, {})
    read[f"{access.patient.pk} {VERSION}"] = sorted({*_read(session, access), page})
    session[READ] = read


def all_read(session: SessionBase, access: RecordAccess) -> bool:
    """Whether all four were agreed to, so that nobody can step over one."""
    return set(_read(session, access)) == set(Consideration)


def _read(session: SessionBase, access: RecordAccess) -> list[str]:
    read: list[str] = session.get(READ, {}).get(f"{access.patient.pk} {VERSION}", [])
    return read


def agree(session: SessionBase, access: RecordAccess, *, now: datetime) -> None:
    """Record that the person weighed all four, for whom and which wording."""
    with transaction.atomic():
        WarningAgreement.objects.create(
            user=access.viewer, patient=access.patient, version=VERSION, agreed_at=now
        )
        log.record(
            "warnings agreed", at=now, actor_id=access.viewer.pk, patient_id=access.patient.pk,
            about=f"version {VERSION}",
        )  # fmt: skip
    session[AGREED] = {**session.get(AGREED, {}), str(access.patient.pk): VERSION}
