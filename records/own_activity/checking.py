"""A patient's receipt of their log: taking one, and checking it later (R9.1)."""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from accounts.tries import Limit, may_try
from audit import log
from audit.models import Outcome
from audit.receipts import NoReceipt, Receipt, make_receipt, read_receipt, stands
from proxy_access.access import Access
from records.own_activity.reading import count_told, own_users, told_to_patient
from surgeries.models import Patient

TRIES = Limit("receipt", tries=20, within=timedelta(hours=1))
"""Each walks a whole chain."""
TOO_MANY = "You checked many receipts. Wait an hour, then check the next one"
NOT_OF_THIS = (
    "This receipt is not of this record. Open Activity in the record that it is of, and check it there. If it is of the"
    " surgery that you were with before, ask who runs the portal to check it"
)
logger = logging.getLogger("portal.receipts")


class Checked(NamedTuple):
    """What a receipt says of a log: as it was then, and as it is now.

    `fits` is whether the log still begins with what was receipted, `is_whole` whether all that came later is as it
    was written too. `after` is the last event that the patient is told before what does not fit, where that is known.
    """

    receipt: Receipt
    fits: bool
    is_whole: bool
    shown_now: int
    broken_at: int | None
    after: datetime | None

    @property
    def is_right(self) -> bool:
        """Whether all of it is as it was written."""
        return self.fits and self.is_whole


def take_receipt(access: Access, *, now: datetime) -> str:
    """The text of a receipt of the log as it is: it counts only what the patient is told (R2.3)."""
    text = make_receipt(access.patient.pk, shown=count_told(access.patient), now=now)
    log.record("receipt made", at=now, actor_id=access.viewer.pk, patient_id=access.patient.pk)
    return text


def check_own(access: Access, text: str, *, now: datetime) -> Checked:
    """Check a patient's own receipt; raises NoReceipt with what to do for what is none, or of another record."""
    receipt = read_receipt(text)
    if receipt.patient_id != access.patient.pk:
        raise NoReceipt(NOT_OF_THIS)
    if not may_try(TRIES, str(access.viewer.pk), now=now):
        raise NoReceipt(TOO_MANY)
    found = check_against(access.patient, receipt)
    if not found.is_right:
        logger.error("A receipt does not fit its log: chain %s", access.patient.pk)
    log.record(
        "receipt checked", at=now, actor_id=access.viewer.pk, patient_id=access.patient.pk,
        outcome=Outcome.DONE, details={"fits": found.fits, "whole": found.is_whole},
    )  # fmt: skip
    return found


def check_against(patient: Patient, receipt: Receipt) -> Checked:
    """Walk the log of a patient, in their rows, and compare it with a receipt."""
    standing = stands(receipt)
    broken_at, after = standing.broken_at, None
    if broken_at is not None:
        told = told_to_patient(patient, own_users(patient)).filter(sequence__lt=broken_at)
        after = told.order_by("-sequence").values_list("at", flat=True).first()
    return Checked(
        receipt, standing.begins_with_it, broken_at is None, count_told(patient), broken_at, after
    )
