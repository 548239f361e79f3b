"""What the surgery tells a patient about their access."""

from records.models import AccessGrant
from records.visibility import RecordAccess


def words_for_patient(access: RecordAccess) -> str:
    """What staff wrote to the patient with the decision that holds; nobody else reads it, and proxies do not."""
    if not access.is_own_record:
        return ""
    latest = AccessGrant.objects.of(access.patient).values_list("reason_for_patient", flat=True)
    return latest.first() or ""


__all__ = ["words_for_patient"]
