"""Where suppliers' systems send extracts to."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from records.views import supplier


class AnythingConverter(StringConverter):
    """Whatever stands in an address, line breaks too: a system is never answered with a page for people."""

    regex = r"[\s\S]+"


register_converter(AnythingConverter, "anything")

urlpatterns = [
    path("token", supplier.token, name="supplier-token"),
    path("extracts", supplier.extracts, name="supplier-extracts"),
    path("extracts/<uuid:extract_id>", supplier.extract, name="supplier-extract"),
    path("openapi.json", supplier.openapi, name="supplier-openapi"),
    path("<anything:rest>", supplier.elsewhere, name="supplier-elsewhere"),
]
