"""The desk's addresses for seeing a record as somebody, and hiding from anywhere; `desk_urls` includes them.

Below `as/...` stand the addresses of a record's own pages, so that the links of these pages need one new beginning
and no more. Whatever else a link of theirs leads to is answered by the last address.
"""

from datetime import date

from django.urls import URLPattern, URLResolver, include, path, register_converter

from records.views import desk_hiding, desk_papers, desk_patient, desk_seeing


class WhoseConverter:
    """The patient, or somebody who acts for them by id."""

    regex = "patient|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: object) -> str:
        """The same; an id as it is written."""
        return str(value)


class DayConverter:
    """A day of this century or of the ones beside it."""

    regex = r"(?:19|20|21)\d\d-\d\d-\d\d"

    def to_python(self, value: str) -> date:
        """The day; raises ValueError, and so is no address, where there is no such day."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """As YYYY-MM-DD."""
        return value.isoformat()


register_converter(WhoseConverter, "whose")
register_converter(DayConverter, "day")

seen_record: list[URLPattern | URLResolver] = [
    path("", desk_seeing.as_home, name="desk-as-home"),
    path("entries/<uuid:entry_id>", desk_seeing.as_entry, name="desk-as-entry"),
    path(
        "entries/<uuid:entry_id>/documents/<int:position>",
        desk_papers.as_document_of_entry,
        name="desk-as-document",
    ),
    path("entries/<uuid:entry_id>/over-time", desk_seeing.as_over_time, name="desk-as-over-time"),
    path(
        "entries/<uuid:entry_id>/before-you-see-it",
        desk_seeing.as_before_result,
        name="desk-as-before-result",
    ),
    path("since-you-last-looked", desk_seeing.as_since, name="desk-as-since"),
    path("timeline", desk_seeing.as_timeline, name="desk-as-timeline"),
    path("tests", desk_seeing.as_tests, name="desk-as-tests"),
    path("measurements", desk_seeing.as_measurements, name="desk-as-measurements"),
    path("not-visible", desk_seeing.as_not_visible, name="desk-as-not-visible"),
    path("<section:section>", desk_seeing.as_section, name="desk-as-section"),
    path("<path:rest>", desk_seeing.as_elsewhere, name="desk-as-elsewhere"),
]
of_patient: list[URLPattern | URLResolver] = [
    path("activity/", desk_patient.desk_activity, name="desk-activity"),
    path("hidden/", desk_hiding.hidden, name="desk-hidden"),
    path("hidden/<uuid:act_id>", desk_hiding.hidden_act, name="desk-hidden-act"),
    path("hidden/<uuid:act_id>/show-again", desk_hiding.show_again, name="desk-show-again"),
    path("as/", desk_seeing.choose, name="desk-as"),
    path("as/<whose:whose>/<day:on>/", include(seen_record)),
]
of_desk: list[URLPattern | URLResolver] = []
