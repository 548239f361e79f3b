"""Where suppliers' systems send extracts to."""

from django.urls import path

from records.views import supplier

urlpatterns = [
    path("token", supplier.token, name="supplier-token"),
    path("extracts", supplier.extracts, name="supplier-extracts"),
    path("extracts/<uuid:extract_id>", supplier.extract, name="supplier-extract"),
    path("openapi.json", supplier.openapi, name="supplier-openapi"),
    path("<path:rest>", supplier.elsewhere, name="supplier-elsewhere"),
]
