"""What the tests about sessions share: people with a password, and both steps of signing in."""

import re

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import RequestFactory
from django.utils import timezone
from django_otp.oath import totp

from accounts import sessions
from accounts.models import AuthenticatorApp
from accounts.signing_in import begin, complete
from accounts.views.signing_in import next_page
from tests.cast import make_user

PASSWORD = "three words together"
PAGE = "/account/devices?page=2"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def person(email="ada@example.test", name="Ada Testwell"):
    return make_user(email, name=name, password=make_password(PASSWORD))


def let_in(client, user, query=""):
    """Both steps on the pages; the answer to the second."""
    client.post(f"/sign-in{query}", {"email": user.email, "password": PASSWORD})
    AuthenticatorApp.objects.filter(user=user).update(last_t=-1)
    code = f"{totp(AuthenticatorApp.objects.get(user=user).bin_key):06}"
    return client.post(f"/sign-in/code{query}", {"code": code})


def let_in_at_once(client, user, agent=FIREFOX):
    """As with a passkey or an NHS login: no page between. The page to which this leads."""
    request = RequestFactory().post("/", headers={"User-Agent": agent})
    request.session, request.user = client.session, user
    begin(request, user, now=timezone.now())
    complete(request, AuthenticatorApp.objects.get(user=user), now=timezone.now())
    sessions.note(request.session, timezone.now())  # as the middleware does after each request
    leads_to = next_page(request)
    request.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key
    return leads_to


def ask(client, path=PAGE, **sent):
    """What a page does without a script shortly before the end: it goes to the question, and says from where."""
    return client.get("/still-there", sent, headers={"Referer": f"http://testserver{path}"})


def place_on(page):
    """The sealed place on the page with the question."""
    return re.search(r'name="from" value="([\w-]+)"', page.text).group(1)


def is_in(client):
    return "_auth_user_id" in client.session
