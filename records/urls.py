"""Records and the surgery's desk."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from records.views import (
    asking,
    considering,
    invited,
    notices,
    online_access,
    papers,
    proving,
    reading,
    since,
)
from records.warnings import Consideration
from surgeries.terms import Section


class SectionConverter:
    """A section of the record, by its name in addresses."""

    regex = "|".join(Section.values)

    def to_python(self, value: str) -> Section:
        """The section of that name."""
        return Section(value)

    def to_url(self, value: str) -> str:
        """Its name."""
        return str(value)


class ConsiderationConverter:
    """One of the four pages before a record opens."""

    regex = "|".join(Consideration)

    def to_python(self, value: str) -> Consideration:
        """The page of that name."""
        return Consideration(value)

    def to_url(self, value: str) -> str:
        """Its name."""
        return str(value)


register_converter(SectionConverter, "section")
register_converter(ConsiderationConverter, "consideration")

app_name = "records"
of_a_record: list[URLPattern | URLResolver] = [
    path("", reading.home, name="home"),
    path("before-you-open/<consideration:page>", considering.consider, name="consider"),
    path("entries/<uuid:entry_id>", reading.entry, name="entry"),
    path(
        "entries/<uuid:entry_id>/documents/<int:position>",
        papers.document_of_entry,
        name="document",
    ),
    path("since-you-last-looked", since.since, name="since"),
    path("<section:section>", reading.section, name="section"),
    path("", include("records.results_urls")),
    path("", include("records.bad_news_urls")),
    path("", include("records.finding_urls")),
    path("", include("records.copies_urls")),
    path("", include("records.people_urls")),
    path("", include("records.pausing_urls")),
    path("", include("records.nominating_urls")),
    path("", include("records.own_hiding_urls")),
    path("", include("records.correcting_urls")),
    path("", include("records.activity_urls")),
    path("online-access", online_access.online_access, name="online-access"),
    path("online-access/stop", online_access.decline, name="decline-access"),
    path("online-access/start", online_access.resume, name="resume-access"),
    path("full-record", asking.full_record, name="full-record"),
    path("full-record/take-back", asking.take_request_back, name="take-request-back"),
]

urlpatterns = [
    path("records/<uuid:patient_id>/", include(of_a_record)),  # whose it is, read once
    path("supplier/", include("records.supplier_urls")),
    path("prove-who-you-are", proving.prove, name="prove"),
    path("prove-who-you-are/at-your-surgery", proving.desk_code, name="desk-code"),
    path("account/what-we-tell-you", notices.what_we_tell_you, name="notices"),
    path("letter", proving.letter, name="letter"),
    path("invited", invited.invited, name="invited"),
    path("invited/code", invited.invitation_code, name="invitation-code"),
    path("invited/<uuid:nomination_id>", invited.invitation, name="invitation"),
    path(
        "invited/<uuid:nomination_id>/decline",
        invited.invitation_decline,
        name="invitation-decline",
    ),
    path("nhs-login/", include("records.nhs_login_urls")),
    path("", include("records.applying_urls")),
    path("", include("records.desk_urls")),
]
