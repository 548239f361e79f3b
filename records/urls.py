"""Records and the surgery's desk."""

from django.urls import include, path, register_converter

from records.views import considering, reading
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
    path("records/<uuid:patient_id>/", reading.home, name="home"),
    path(
        "records/<uuid:patient_id>/before-you-open/<consideration:page>",
        considering.consider,
        name="consider",
    ),
    path("records/<uuid:patient_id>/entries/<uuid:entry_id>", reading.entry, name="entry"),
    path("records/<uuid:patient_id>/<section:section>", reading.section, name="section"),
    path("", include("records.desk_urls")),
]
