"""The desk's addresses about extracts of a record; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver, path

from records.views import desk_extracts

of_extract = "extracts/<uuid:extract_id>/undo"
of_patient: list[URLPattern | URLResolver] = [
    path("extracts/", desk_extracts.extracts, name="desk-extracts"),
    path(of_extract, desk_extracts.undo_extract, name="desk-extract-undo"),
    path(f"{of_extract}/confirm", desk_extracts.take_back_extract, name="desk-extract-take-back"),
]
