"""Records and the surgery's desk."""

from django.urls import include, path, register_converter

from records.views import (
    asking,
    considering,
    invited,
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
urlpatterns = [
    path("supplier/", include("records.supplier_urls")),
    path("records/<uuid:patient_id>/", reading.home, name="home"),
    path(
        "records/<uuid:patient_id>/before-you-open/<consideration:page>",
        considering.consider,
        name="consider",
    ),
    path("records/<uuid:patient_id>/entries/<uuid:entry_id>", reading.entry, name="entry"),
    path(
        "records/<uuid:patient_id>/entries/<uuid:entry_id>/documents/<int:position>",
        papers.document_of_entry,
        name="document",
    ),
    path("records/<uuid:patient_id>/since-you-last-looked", since.since, name="since"),
    path("records/<uuid:patient_id>/", include("records.results_urls")),
    path("records/<uuid:patient_id>/", include("records.bad_news_urls")),
    path("records/<uuid:patient_id>/", include("records.finding_urls")),
    path("records/<uuid:patient_id>/", include("records.copies_urls")),
    path("records/<uuid:patient_id>/", include("records.people_urls")),
    path("records/<uuid:patient_id>/", include("records.nominating_urls")),
    path("records/<uuid:patient_id>/", include("records.own_hiding_urls")),
    path("records/<uuid:patient_id>/", include("records.correcting_urls")),
    path("records/<uuid:patient_id>/<section:section>", reading.section, name="section"),
    path(
        "records/<uuid:patient_id>/online-access", online_access.online_access, name="online-access"
    ),
    path(
        "records/<uuid:patient_id>/online-access/stop", online_access.decline, name="decline-access"
    ),
    path(
        "records/<uuid:patient_id>/online-access/start", online_access.resume, name="resume-access"
    ),
    path("records/<uuid:patient_id>/full-record", asking.full_record, name="full-record"),
    path(
        "records/<uuid:patient_id>/full-record/take-back",
        asking.take_request_back,
        name="take-request-back",
    ),
    path("prove-who-you-are", proving.prove, name="prove"),
    path("prove-who-you-are/at-your-surgery", proving.desk_code, name="desk-code"),
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
