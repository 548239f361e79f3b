"""The one world of the matrix: two surgeries, a patient with one of everything that an address can name, and who asks."""

from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from uuid import UUID

from django.db import transaction
from django.test import Client

from accounts.models import Duty, SignedInDevice
from audit import log
from audit.models import AuditEvent
from audit.row_security import rows_of
from proxy_access.access import access_of
from proxy_access.models import Organisation, ProxyGrant
from proxy_access.models.pause import Whom
from proxy_access.nominating import nominate, say_what
from proxy_access.pausing import Wanted, pause
from records.corrections import open_correction
from records.grants import decline_access, open_record
from records.models import (
    AccessRequest,
    ActivityReport,
    ChangePreview,
    Decision,
    GrantReview,
    ImportedExtract,
    PracticeChange,
    Redaction,
    RequestStep,
    StaffTask,
)
from records.own_hiding import hide_from
from surgeries.terms import Level, Section
from tests.cast import (
    make_entry,
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_surgery,
    make_user,
    sign_in,
    verified,
)
from tests.clock import NOW, TODAY
from tests.proxy_access.test_applying import make_application
from tests.proxy_access.test_nominating import MEDICINES, RUTH
from tests.records.papers.made import make_document
from tests.records.views.record import agreed, kept_copy

KINDS = {
    "allergies": "allergy", "medicines": "medicine", "immunisations": "immunisation",
    "health-conditions": "condition", "test-results": "result", "consultations": "observation",
}  # fmt: skip
SECRETS = (
    "Testwell",
    "9990000018",
    "999 000 0018",
    "Secret ",
    "ada@example.test",
    "3 February 1980",
)
"""What an answer that is not an opened page never holds: who the patient is, and any word of the record."""
FAR, SOON = TODAY + timedelta(days=300), TODAY + timedelta(days=20)


COHORT = {
    "now_current": ["full"], "now_historical": ["summary"], "age_from": None, "age_to": None,
    "current": "full", "historical": "detailed",
}  # fmt: skip


def make_preview(surgery, by):
    """A change for many patients that was counted."""
    return ChangePreview.objects.create(
        surgery=surgery, kind="levels", proposed=COHORT, asked_by=by, asked_at=NOW, state="ready"
    )


def make_change(surgery, by):
    """A change for many patients that was made."""
    return PracticeChange.objects.create(
        surgery=surgery, cohort=COHORT, current_level="full", historical_level="detailed",
        reason="x", counted={"patients": 0, "entries": 0, "flagged": 0}, made_by=by, made_at=NOW,
    )  # fmt: skip


def make_member(surgery, user):
    """Somebody of an organisation that the surgery knows."""
    home = Organisation.objects.create(surgery=surgery, name="Willow House", starts_on=NOW.date())
    return home.members.create(user=user, starts_on=NOW.date())


NO_PAUSE = UUID(int=7)
"""A pause in force would close the record: there is none here but in the roles that need it."""


class Things:
    """A patient with one of each thing that an address can name."""

    def __init__(self, surgery, number, email, name, staff):
        self.patient = make_patient(surgery, number, family_name=name)
        self.user = make_user(email, name=f"Ada {name}")
        make_online(self.patient, self.user)
        make_grant(self.patient, Level.FULL, Level.FULL)
        self.entries = {
            section: make_entry(
                self.patient, section, section=section, kind=kind, title=f"Secret {section}",
                level_needed=Level.SUMMARY,
            )
            for section, kind in KINDS.items()
        } | {"documents": make_document(self.patient, title="Secret letter")}  # fmt: skip
        self.grant = make_proxy_grant(
            self.patient, make_user(f"helps-{email}", name="Cara Helper"), ends_on=FAR
        )
        self.copy = kept_copy(self.patient, self.user)
        self.application = make_application(surgery, make_user(f"asks-{email}"))
        self.preview, self.change = make_preview(surgery, staff), make_change(surgery, staff)
        self.member = make_member(surgery, make_user(f"member-{email}"))
        self.role = staff.staff_roles.filter(surgery=surgery).last()
        self.device = SignedInDevice.objects.create(
            user=self.user, kind="Firefox", factor="app", began_at=NOW, session_key="x" + number
        )
        self.task = StaffTask.objects.create(
            patient=self.patient, kind="dormant", because="x", opened_at=NOW
        )
        self._make_by_the_patient(staff)

    def _make_by_the_patient(self, staff):
        access = open_record(viewer=verified(self.user), patient_id=self.patient.pk, now=NOW)
        with rows_of(self.patient.pk):
            entry = self.entries["consultations"]
            self.correction = open_correction(entry, by=access, text="This is not right", now=NOW)
            log.record("staff looked", at=NOW, actor_id=staff.pk, patient_id=self.patient.pk)
            self.event_id = AuditEvent.objects.get(action="staff looked").id
            self.report = ActivityReport.objects.create(
                patient=self.patient, event_id=self.event_id, is_of_account=False,
                reported_by_id=self.user.pk, reported_at=NOW, due_on=FAR, state_at=NOW,
            )  # fmt: skip
            self.extract = ImportedExtract.objects.create(
                patient=self.patient, content_hash="0", loaded_at=NOW, sections=Section.values
            )
            hidden = make_entry(self.patient, "hidden", title="Secret and hidden").id
            hide_from(access, [hidden], proxy_id=None, now=NOW)
            self.act_id = Redaction.objects.get().id
        own = access_of(self.user, self.patient.pk, on=TODAY)
        made = nominate(RUTH, by=own, now=NOW, today=TODAY)
        self.nomination = say_what(made, MEDICINES._replace(ends_on=FAR), by=own, today=TODAY)
        self.request = AccessRequest.objects.create(
            patient=self.patient, asked_by=self.user, asked_at=NOW, state_at=NOW, due_on=FAR
        )
        RequestStep.objects.create(request=self.request, state="sent", by=self.user, at=NOW)
        self.review = GrantReview.objects.create(
            patient=self.patient, current_level="full", historical_level="full", opened_by=staff,
            opened_at=NOW,
        )  # fmt: skip

    @cached_property
    def named(self):
        """The value of each name in an address."""
        return {
            "patient_id": self.patient.pk, "entry_id": self.entries["test-results"].id,
            "grant_id": self.grant.pk, "copy_id": self.copy.id, "correction_id": self.correction.id,
            "nomination_id": self.nomination.pk, "request_id": self.request.pk,
            "review_id": self.review.pk, "extract_id": self.extract.id, "act_id": self.act_id,
            "application_id": self.application.pk, "preview_id": self.preview.pk,
            "change_id": self.change.pk, "organisation_id": self.member.organisation_id,
            "member_id": self.member.pk, "role": self.role.pk, "task": self.task.pk,
            "device_id": self.device.pk, "factor": "app-0", "position": 0,
            "surgery_id": self.patient.surgery_id, "section": "test-results",
            "whose": "patient", "on": TODAY, "rest": "copies", "token": "x", "person": "x",
            "event_id": self.event_id, "report_id": self.report.id, "pause_id": NO_PAUSE,
        }  # fmt: skip


class World:
    """Two surgeries, each with a patient who has one of everything, their staff, and whoever else may ask."""

    def __init__(self):
        self.surgery = make_surgery()
        self.elsewhere = make_surgery("Z99002", name="Hilltop Practice")
        self.all_duties = make_staff(self.surgery, "all@example.test")
        self.of_elsewhere = make_staff(self.elsewhere, "elsewhere@example.test")
        self.ada = Things(
            self.surgery, "9990000018", "ada@example.test", "Testwell", self.all_duties
        )
        self.theirs = Things(
            self.elsewhere, "9990000026", "bea@example.test", "Fixture", self.of_elsewhere
        )
        self.neighbour = make_patient(self.surgery, "9990000034", family_name="Demoson")
        self.stranger = make_user("bilal@example.test", name="Bilal Demoson")
        make_online(self.neighbour, self.stranger)
        make_grant(self.neighbour)
        self.proxy = make_user("carer@example.test", name="Cara Helper")
        self.proxy_grant = make_proxy_grant(
            self.ada.patient, self.proxy, scopes=list(Section), ends_on=SOON
        )

    def named_for(self, address):
        """What an address names of Ada's: an entry of the kind that it is about."""
        kind = "documents" if "document" in address.name else "test-results"
        page = "privacy" if address.name == "guidance" else "bad-news"
        return self.ada.named | {"entry_id": self.ada.entries[kind].id, "page": page}

    def browser(self, user, **session):
        """A browser in which somebody signed in with both factors just now, agreed to the warnings and confirmed that it is them."""
        client = agreed(sign_in(Client(), user), self.ada.patient)
        kept = client.session
        kept["warnings_agreed"] |= dict.fromkeys(
            [str(self.theirs.patient.pk), str(self.neighbour.pk)],
            kept["warnings_agreed"][str(self.ada.patient.pk)],
        )
        long_held = (NOW - timedelta(days=365)).isoformat()
        kept.update({"confirmed_at": NOW.isoformat(), "confirmed_with_since": long_held} | session)
        kept.save()
        return client

    def person(self, level):
        """The browser of somebody who acts for Ada on paper, but has not proved who they are."""
        user = make_user(f"{level}@example.test", level=level, name="Cara Helper")
        make_proxy_grant(self.ada.patient, user, scopes=list(Section), ends_on=FAR)
        return self.browser(user)

    def first_factor_only(self):
        """A browser in which Ada's password was right and nothing else was given."""
        client = Client()
        client.force_login(self.ada.user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def staff_with(self, duty):
        """The browser of a member of staff with one duty."""
        return self.browser(make_staff(self.surgery, f"{duty}@example.test", duty))

    def staff_who_left(self, **ended):
        """The browser of somebody whose duties ended."""
        user = make_staff(self.surgery, "left@example.test")
        user.staff_roles.update(**ended)
        return self.browser(user)

    def staff_without_reason(self):
        """The browser of somebody with every duty at a desk where nothing waits for them."""
        StaffTask.objects.update(shows_from=FAR)
        return self.browser(self.all_duties, reasons_to_look={})

    def staff_who_acts(self):
        """The browser of a member of staff with every duty who is Ada's daughter."""
        user = make_staff(self.surgery, "daughter@example.test")
        make_proxy_grant(self.ada.patient, user, status="ended", ends_on=FAR)
        return self.browser(user)

    def staff_with_recovery_code(self):
        """The browser of a member of staff who came in with a recovery code."""
        user = make_staff(self.surgery, "code@example.test")
        codes = user.recoverycodes_set.create(name="codes", hashes=[])
        return self.browser(user, otp_device_id=codes.persistent_id)

    def decided(self, decision):
        """Ada's browser after a decision about her record."""
        make_grant(self.ada.patient, Level.NONE, Level.NONE, decision=decision)
        return self.browser(self.ada.user)

    def paused_by_her(self):
        """Ada's browser after she paused her record, to everyone."""
        pause(Wanted(), by=access_of(self.ada.user, self.ada.patient.pk, on=TODAY), now=NOW)
        return self.browser(self.ada.user)

    def proxy_while_paused(self):
        """The browser of somebody who acts for Ada, while she paused that to all who do."""
        by = access_of(self.ada.user, self.ada.patient.pk, on=TODAY)
        pause(Wanted(whom=Whom.PROXIES), by=by, now=NOW)
        return self.proxy_for(*Section.values)

    def declined(self):
        """Ada's browser after she stopped her own online access."""
        decline_access(by=access_of(self.ada.user, self.ada.patient.pk, on=TODAY), now=NOW)
        return self.browser(self.ada.user)

    def proxy_for(self, *scopes):
        """The browser of somebody who acts for Ada in these sections."""
        ProxyGrant.objects.filter(pk=self.proxy_grant.pk).update(scopes=list(scopes))
        return self.browser(self.proxy)

    def ended_proxy(self):
        """The browser of somebody who acted for Ada until yesterday."""
        ProxyGrant.objects.filter(pk=self.proxy_grant.pk).update(ends_on=TODAY - timedelta(days=1))
        return self.browser(self.proxy)

    def moved(self):
        """Ada's browser after she left the surgery."""
        self.ada.patient.left_on = TODAY
        self.ada.patient.save()
        return self.browser(self.ada.user)


def _proxies():
    return {
        f"proxy for {section}": lambda world, section=section: world.proxy_for(section)
        for section in Section.values
    }


EVERYWHERE = {
    "signed out": lambda world: Client(),
    "first factor": World.first_factor_only,
    "P0": lambda world: world.person("P0"),
    "P5": lambda world: world.person("P5"),
    "nobody": lambda world: world.browser(make_user("nobody@example.test")),
    "other patient": lambda world: world.browser(world.stranger),
    "patient": lambda world: world.browser(world.ada.user),
    "proxy": lambda world: world.proxy_for(*Section.values),
    "ended proxy": World.ended_proxy,
    **{f"{duty}": lambda world, duty=duty: world.staff_with(duty) for duty in Duty.values},
    "other surgery": lambda world: world.browser(world.of_elsewhere),
}
"""Who asks for every address there is: each makes the world what it has to be, and gives a browser."""
OF_RECORD = {
    "not warned": lambda world: world.browser(world.ada.user, warnings_agreed={}),
    "denied": lambda world: world.decided(Decision.DENIED),
    "paused": lambda world: world.decided(Decision.PAUSED),
    "declined": World.declined,
    "nothing open": lambda world: world.decided(Decision.GRANTED),
    "moved": World.moved,
    "paused by her": World.paused_by_her,
    "proxy, paused": World.proxy_while_paused,
    "all duties": lambda world: world.browser(world.all_duties),
    **_proxies(),
}
"""Who asks for the addresses of a record: for all others they are like one of the above."""
OF_DESK = {
    "left just now": lambda world: world.staff_who_left(ends_on=TODAY, ended_at=NOW),
    "acted for her": World.staff_who_acts,
    "by a code": World.staff_with_recovery_code,
    "no reason": World.staff_without_reason,
}
"""Who asks for the addresses of the desk."""
OF_ACCOUNT = {"long ago": lambda world: world.browser(world.ada.user, confirmed_at=LONG_AGO)}
"""Who asks for what takes a second factor of the last minutes."""
LONG_AGO = (NOW - timedelta(hours=1)).isoformat()


@contextmanager
def undone():
    """What happens inside leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
