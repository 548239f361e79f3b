"""The desk's addresses for the surgery's settings, changes for many patients, and reports; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver

of_patient: list[URLPattern | URLResolver] = []
of_desk: list[URLPattern | URLResolver] = []
