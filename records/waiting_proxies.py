"""Who waits to act for a patient, as tasks in a surgery's queue, by whatever way it came: an organisation's too, and an import's (R4.5)."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet

from audit import log
from proxy_access.models import ProxyGrant
from proxy_access.statuses import ProxyStatus
from records.applicants import BECAUSE, WAITS
from records.models import StaffTask
from surgeries.models import Surgery


def note_waiting_proxies(surgery: Surgery, *, now: datetime) -> None:
    """Bring into the queue who waits for a decision and is not in it, and take out what was decided or taken back elsewhere.

    Asked whenever the queue is opened: what is proposed below the queue cannot know of it. Asked twice, it is done once.
    """
    unknown, over = _unknown(surgery), _over(surgery)
    if not Surgery.objects.filter(Exists(unknown) | Exists(over), pk=surgery.pk).exists():
        return
    Surgery.objects.select_for_update(no_key=True).get(pk=surgery.pk)  # of two at once, one does it
    over.update(closed_at=now, version=F("version") + 1)
    tasks = StaffTask.objects.bulk_create(
        StaffTask(
            patient_id=patient_id, kind=WAITS, about_id=grant_id, because=BECAUSE, opened_at=now
        )
        for grant_id, patient_id in unknown.order_by("id").values_list("id", "patient_id")
    )
    if tasks:
        log.record(
            "waiting proxies found", at=now, actor_id=None, about=f"surgery {surgery.ods_code}",
            details={"found": len(tasks)},
        )  # fmt: skip


def _unknown(surgery: Surgery) -> QuerySet[ProxyGrant]:
    """Grants that wait and of which the queue does not know."""
    known = StaffTask.objects.filter(kind=WAITS, about_id=OuterRef("pk"), closed_at=None)
    waits = ProxyGrant.objects.filter(patient__surgery=surgery, status=ProxyStatus.PROPOSED)
    return waits.filter(~Exists(known))


def _over(surgery: Surgery) -> QuerySet[StaffTask]:
    """Tasks about what does not wait any more, which nobody could do."""
    waits = ProxyGrant.objects.filter(pk=OuterRef("about_id"), status=ProxyStatus.PROPOSED)
    tasks = StaffTask.objects.filter(kind=WAITS, closed_at=None, patient__surgery=surgery)
    return tasks.filter(~Exists(waits))
