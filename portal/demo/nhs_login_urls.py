"""The addresses of the demo's stand-in for NHS login."""

from django.urls import path

from portal.demo import nhs_login

urlpatterns = [
    path(".well-known/openid-configuration", nhs_login.configuration),
    path("keys", nhs_login.keys, name="demo-nhs-login-keys"),
    path("authorize", nhs_login.authorize, name="demo-nhs-login-authorize"),
    path("choose", nhs_login.choose, name="demo-nhs-login-choose"),
    path("token", nhs_login.token, name="demo-nhs-login-token"),
    path("userinfo", nhs_login.userinfo, name="demo-nhs-login-userinfo"),
]
