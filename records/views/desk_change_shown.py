"""The page of a change that was counted: what it would open, and what whoever looks can do with it now."""

from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.views.asking import answer
from nhsuk.wording import date_words
from records.models import ChangePreview
from records.practice.cohort import WORDS, Cohort
from records.practice.forms import MakingForm, OpeningForm, ReasonForm
from records.practice.previewing import Kind, proposed_settings, totals_of
from records.practice.proposing import DUTY, holds_until, nobody_else
from records.practice.two_people import opens_records, takes_two_to_change, takes_two_to_set
from records.previewing.forms import SendBackForm
from records.views.desk import note_found
from surgeries.terms import Level, Section

SETTINGS = (Kind.GO_LIVE, Kind.SECTIONS, Kind.ACCOUNTS)


def preview_of(desk, preview_id, *, kinds=tuple(Kind)):
    """A preview of this surgery; to anybody else it does not exist."""
    found = ChangePreview.objects.select_related("surgery", "proposed_by", "sent_back_by")
    return get_object_or_404(found, pk=preview_id, surgery=desk.surgery, kind__in=kinds)


def shown(request, desk, preview, *, form=None, sending=None):
    """The page of a preview, with what it counted and the next step; 422 where something in a form must be mended."""
    duty, kept, next_act = DUTY[preview.kind], kept_with(preview), next_step(desk, preview)
    sending = sending or SendBackForm()
    if next_act == "wait":
        sending.fields["because"].label = "Why do you take it back?"
    note_found(desk, [patient for patient, _ in kept], f"preview {preview.pk}")
    context = {
        "desk": desk,
        "preview": preview,
        "says": words_of(preview),
        "totals": totals_of(preview),
        "unflagged": totals_of(preview, with_flagged=False),
        "left_out": [(WORDS.get(why, why), many) for why, many in sorted(preview.left_out.items())],
        "kept": kept,
        "next": next_act,
        "duty": duty.label,
        "until": holds_until(preview),
        "is_alone": nobody_else(desk, duty, on=timezone.localdate()),
        "asked": form or form_of(preview),
        "sending": sending,
    }
    form = sending if sending.errors else context["asked"]
    return answer(request, "staff/change_preview.html", form, **context)


def kept_with(preview):
    """The patients to whom a setting opened nothing, and why, in words."""
    if preview.kind == Kind.LEVELS or not preview.used_at:
        return []
    kept = preview.kept.exclude(why="").select_related("grant__patient")
    names = ("grant__patient__family_name", "grant__patient__given_names", "pk")
    return [(one.grant.patient, WORDS[one.why]) for one in kept.order_by(*names)]


def form_of(preview):
    """What whoever makes a change is asked."""
    if preview.kind == Kind.LEVELS:
        return MakingForm()
    opens = opens_records(preview.surgery, proposed_settings(preview))
    return OpeningForm() if opens else ReasonForm()


def next_step(desk, preview):
    """What this person can do with a preview now: one of a few words that the page knows."""
    if preview.used_at or preview.state != ChangePreview.State.READY:
        return "used" if preview.used_at else preview.state
    if not desk.may(DUTY[preview.kind]):
        return "no duty"
    if preview.kind == Kind.LEVELS and not preview.found:
        return "nobody"
    if preview.proposed_by_id:
        return "wait" if preview.proposed_by_id == desk.viewer.pk else "agree"
    return act_on(preview)


def act_on(preview):
    """What there is to do with a change that nobody has asked for yet."""
    if preview.kind == Kind.LEVELS:
        return "make for two" if takes_two_to_change(preview) else "make"
    new = proposed_settings(preview)
    if takes_two_to_set(preview.surgery, new):
        return "save for two"
    return "save with reason" if opens_records(preview.surgery, new) else "save"


def words_of(preview):
    """What a change is, as labels and words."""
    if preview.kind == Kind.LEVELS:
        return cohort_words(Cohort(**preview.proposed))
    new = proposed_settings(preview)
    if preview.kind == Kind.GO_LIVE:
        return [("Go-live date then", date_words(new["go_live_on"]))]
    if preview.kind == Kind.ACCOUNTS:
        return accounts_words(preview.surgery, new)
    names = [section.label for section in Section if section in new["restricted_sections"]]
    return [("Closed sections then", ", ".join(names) or "None")]


def accounts_words(surgery, new):
    """What would be another than it is of how access begins; all of it once it is set."""
    told = {
        "default_current_level": ("New entries then", Level(new["default_current_level"]).label),
        "default_historical_level": ("Older entries then", Level(new["default_historical_level"]).label),
        "proxy_review_age": ("Review age then", new["proxy_review_age"]),
        "two_people_for_full": (
            "Full history opens then with", "two people" if new["two_people_for_full"] else "one person",
        ),
    }  # fmt: skip
    others = [field for field in told if getattr(surgery, field) != new[field]]
    return [told[field] for field in others or told]


def cohort_words(cohort):
    """A cohort and its new levels, as labels and words."""
    ages = f"{cohort.age_from or 16} to {cohort.age_to}" if cohort.age_to else (
        f"{cohort.age_from} and older" if cohort.age_from else "16 and older"
    )  # fmt: skip
    return [
        ("New entries now", " or ".join(Level(one).label for one in cohort.now_current)),
        ("Older entries now", " or ".join(Level(one).label for one in cohort.now_historical)),
        ("Ages", ages),
        ("New entries then", Level(cohort.current).label),
        ("Older entries then", Level(cohort.historical).label),
    ]
