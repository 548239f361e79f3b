"""The desk's addresses about who acts for a patient; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver, path

from records.views import desk_admitting, desk_nominations, desk_proxies
from records.views import desk_renewing as renewing

of_patient: list[URLPattern | URLResolver] = [
    path("proxies/<uuid:grant_id>/", desk_proxies.desk_proxy, name="desk-proxy"),
    path("proxies/<uuid:grant_id>/stop", desk_proxies.proxy_stopped, name="desk-proxy-stop"),
    path("proxies/<uuid:grant_id>/start", desk_proxies.proxy_started, name="desk-proxy-start"),
    path("proxies/<uuid:grant_id>/go-on", renewing.proxy_goes_on, name="desk-proxy-go-on"),
    path("proxies/<uuid:grant_id>/end", desk_proxies.proxy_ended, name="desk-proxy-end"),
    path(
        "nominations/<uuid:nomination_id>/",
        desk_nominations.desk_nomination,
        name="desk-nomination",
    ),
    path(
        "nominations/<uuid:nomination_id>/go-on",
        desk_nominations.nomination_let_go_on,
        name="desk-nomination-go-on",
    ),
    path(
        "nominations/<uuid:nomination_id>/turn-down",
        desk_nominations.nomination_turned_down,
        name="desk-nomination-turn-down",
    ),
    path(
        "nominations/<uuid:nomination_id>/identity",
        desk_nominations.nomination_identity,
        name="desk-nomination-identity",
    ),
    path("proxies/<uuid:grant_id>/decide", desk_admitting.who_asks, name="desk-proxy-decide"),
    path("proxies/<uuid:grant_id>/grant", desk_admitting.proxy_granted, name="desk-proxy-grant"),
    path("proxies/<uuid:grant_id>/reject", desk_admitting.proxy_rejected, name="desk-proxy-reject"),
    path(
        "proxies/<uuid:grant_id>/entries/<uuid:entry_id>/let-see",
        desk_admitting.entry_let_seen,
        name="desk-proxy-let-see",
    ),
    path("safeguarding", desk_admitting.safeguarding, name="desk-safeguarding"),
]
