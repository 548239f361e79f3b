"""The desk is asked to look at who acts for a child when an age comes; nothing ends by that (R4.7).

Asked whenever the queue is opened, and by a command, so that no nightly job has to have run; asked twice, it is done once.
"""

from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from audit import log
from nhsuk.wording import date_words
from proxy_access.ages import ENDS_AT, TOLD_BEFORE, parental
from proxy_access.models import LegalBasis, ProxyGrant
from records.grants import record_of
from records.models import StaffTask
from records.visibility import RecordAccess
from surgeries.birthdays import Birthday
from surgeries.models import Surgery

Kind = StaffTask.Kind
AHEAD = timedelta(days=max(TOLD_BEFORE))
AFTERWARDS = timedelta(days=365)
"""How long after the 16th birthday it is still asked what comes instead, where nobody looked at the desk on the day."""


def note_ages(surgery: Surgery, *, now: datetime) -> None:
    """Bring the reviews at an age into the queue from 90 days before, and take out those that are not needed any more."""
    today = timezone.localdate(now)
    questions = (_over(surgery, today), _to_review(surgery, today), _to_follow(surgery, today))
    over, review, follow = map(Exists, questions)
    if not Surgery.objects.filter(over | review | follow, pk=surgery.pk).exists():
        return
    Surgery.objects.select_for_update(no_key=True).get(pk=surgery.pk)  # of two at once, one does it
    _over(surgery, today).update(closed_at=now, version=F("version") + 1)
    tasks = [
        *(_review(grant, surgery, now) for grant in _to_review(surgery, today)),
        *(_what_then(grant, now) for grant in _to_follow(surgery, today)),
    ]
    StaffTask.objects.bulk_create(tasks)
    if tasks:
        log.record(
            "ages found", at=now, actor_id=None, about=f"surgery {surgery.ods_code}",
            details={"found": len(tasks)},
        )  # fmt: skip


def opens_to_proxy(grant: ProxyGrant, *, on: date) -> bool:
    """Whether a child's record opens to whoever acts for them on a day: else no e-mail comes of it either (R5.2)."""
    return isinstance(record_of(grant.proxy, grant.patient_id, on=on), RecordAccess)


def _to_review(surgery: Surgery, today: date) -> QuerySet[ProxyGrant]:
    """Grants begun before the review age that nobody was asked to look at, each parent's apart (R4.12)."""
    asked = Q(closed_at=None) | Q(closed_by__isnull=False)  # what left by itself, nobody looked at
    known = StaffTask.objects.filter(asked, kind=Kind.AGE_REVIEW, about_id=OuterRef("pk"))
    grants = parental(today).filter(~Exists(known), patient__surgery=surgery)
    found = grants.annotate(turns_on=_birthday(surgery.proxy_review_age))
    found = found.filter(turns_on__lte=today + AHEAD, starts_on__lt=F("turns_on"))
    return found.select_related("patient").order_by("id")


def _to_follow(surgery: Surgery, today: date) -> QuerySet[ProxyGrant]:
    """One grant of each young person that ends, or has just ended, with the 16th birthday."""
    known = StaffTask.objects.filter(kind=Kind.AGE_16, patient=OuterRef("patient"))
    grants = ProxyGrant.objects.filter(
        ~Exists(known), patient__surgery=surgery, status__in=("active", "suspended"),
        legal_basis=LegalBasis.PARENTAL_RESPONSIBILITY, patient__left_on=None, patient__died_on=None,
    ).annotate(turns_on=_birthday(ENDS_AT))  # fmt: skip
    found = grants.filter(turns_on__lte=today + AHEAD, turns_on__gt=today - AFTERWARDS)
    lasting = found.exclude(ends_on__lt=F("turns_on")).filter(starts_on__lt=F("turns_on"))
    return lasting.select_related("patient").order_by("patient_id", "id").distinct("patient_id")


def _birthday(age: int) -> Birthday:
    return Birthday(age, born="patient__date_of_birth")


def _review(grant: ProxyGrant, surgery: Surgery, now: datetime) -> StaffTask:
    age = surgery.proxy_review_age
    turns_on = grant.patient.birthday(age)
    return StaffTask(
        patient_id=grant.patient_id, kind=Kind.AGE_REVIEW, about_id=grant.pk, opened_at=now,
        due_on=turns_on, shows_from=turns_on - AHEAD,
        because=f"{age} on {date_words(turns_on)}. Assess whether they decide themself, then decide about this person",
    )  # fmt: skip


def _what_then(grant: ProxyGrant, now: datetime) -> StaffTask:
    turns_on = grant.patient.birthday(ENDS_AT)
    return StaffTask(
        patient_id=grant.patient_id, kind=Kind.AGE_16, opened_at=now, due_on=turns_on,
        shows_from=turns_on - AHEAD,
        because=(
            f"{ENDS_AT} on {date_words(turns_on)}, when parents’ access ends by itself. Offer an account; they can say"
            " who acts for them"
        ),
    )  # fmt: skip


def _over(surgery: Surgery, today: date) -> QuerySet[StaffTask]:
    """Reviews in the queue of grants that are over, by whatever way."""
    still = parental(today).filter(pk=OuterRef("about_id"))
    return StaffTask.objects.filter(
        ~Exists(still),
        kind=Kind.AGE_REVIEW,
        closed_at=None,
        patient__surgery=surgery,
    )
