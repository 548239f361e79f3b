"""Every page of a record in every state, as people meet it: on a phone, in their own colours, with large text,
by keyboard, and without JavaScript.

`bin/screens` keeps a picture of each.
"""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.row_security import rows_of
from proxy_access.access import access_of
from proxy_access.pausing import Wanted, pause
from records.models import Entry
from surgeries.terms import Level, Section
from tests.cast import (
    make_grant,
    make_online,
    make_patient,
    make_proxy_grant,
    make_staff,
    make_user,
    sign_in,
)
from tests.crawling import UUID, walk
from tests.journeys.axe import assert_faultless
from tests.journeys.conftest import load_demo_record
from tests.journeys.pictures import FOLDER, keep
from tests.records.views.record import cover, notice, reader

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

PHONE, DESK = 320, 1280
HOURS = {
    day: ["08:00", "18:30"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
}


@pytest.fixture
def states(surgery):
    """What makes a reader for each state that a record can be in, by a name for it."""
    surgery.opening_hours, surgery.phone = HOURS, "01632 960001"
    surgery.save()
    now = timezone.now()
    today = timezone.localdate(now)

    def person(name, *levels, loaded=True, **values):
        patient = make_patient(surgery, given_names=name.title())
        user = make_user(f"{name}@example.test", name=f"{name.title()} Testwell")
        make_online(patient, user)
        make_grant(patient, *levels, **values)
        if loaded:
            load_demo_record("ada", patient, today, now)
        return patient, user

    def empty():
        patient, user = person("empty", Level.FULL, Level.FULL, loaded=False)
        cover(patient)
        notice(patient, Section.MEDICINES, "confidential-items")
        return patient, user

    def proxy():
        patient, _ = person("whole", Level.FULL, Level.FULL)
        user = make_user("proxy@example.test", name="Pat Proxy")
        scopes = [Section.MEDICINES, Section.TEST_RESULTS]
        ends_on = today + timedelta(days=90)
        make_proxy_grant(patient, user, scopes=scopes, starts_on=today, ends_on=ends_on)
        return patient, user

    since, lowest = today - timedelta(days=90), (Level.SUMMARY, Level.SUMMARY)
    return {
        "whole": lambda: person("whole", Level.FULL, Level.FULL),
        "recent": lambda: person("recent", Level.FULL, Level.SUMMARY, starts_on=since),
        "summary": lambda: person("summary", *lowest, reason_for_patient="Ask us for more."),
        "empty": empty,
        "unsent": lambda: person("unsent", Level.FULL, Level.FULL, loaded=False),
        "proxy": proxy,
    }


def kinds_of(patient):
    with rows_of(patient.pk):
        return {str(row.id): row.kind for row in Entry.objects.of(patient)}


def pages_of(patient, user):
    """One address of each kind of page that links lead to, with a session that may open them."""
    client = reader(Client(), user, patient)
    kinds, found = kinds_of(patient), {}
    for path, page in walk(client, patient).items():
        kind = UUID.sub(lambda id_: kinds.get(id_[0], "ID"), path)
        kind = re.sub(r"entries/[\w-]+/", "entries/ID/", re.sub(r"year=\d+", "year=YEAR", kind))
        if page.status == 200 and "text/html" in dict(page.headers)["Content-Type"]:
            found.setdefault(
                re.sub(r"\W+", "-", kind.removeprefix("/records/ID/")).strip("-") or "home", path
            )
    for rest in ("activity", "activity/receipt", "activity/reports", "what-you-did"):
        if client.get(path := f"/records/{patient.pk}/{rest}").status_code == 200:
            found[rest.replace("/", "-")] = path
    for section in Section:  # a closed section, and a page that is not there
        found.setdefault(section.value, f"/records/{patient.pk}/{section}")
    return client, found


def each_page(page, base, found):
    """Every page in turn; no error on any of them."""
    problems = []
    page.on("console", lambda said: said.type == "error" and problems.append(said.text))
    for name, path in found.items():
        page.goto(base + path)
        yield name
        assert [said for said in problems if "status of 4" not in said] == [], name


def over_by(page):
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def picture(page, state, name, *, at_desk=False):
    """Keep a picture of the whole page as on a phone, and as on a desk where asked to."""
    keep(page, state, name)
    if at_desk and FOLDER:
        page.set_viewport_size({"width": DESK, "height": 800})
        keep(page, f"{state}-desk", name)
        page.set_viewport_size({"width": PHONE, "height": 800})


STATES = ["whole", "recent", "summary", "empty", "unsent", "proxy"]


@pytest.mark.parametrize("state", STATES)
def test_every_page_reads_well_on_a_phone(state, states, open_in, live_server):
    """Axe finds nothing, in the browser's colours and in forced ones, and no page scrolls sideways."""
    client, found = pages_of(*states[state]())
    for colours in ("none", "active") if state == "whole" else ("none",):
        page = open_in(client, forced_colors=colours)
        for name in each_page(page, live_server.url, found):
            assert over_by(page) <= 0, name
            assert_faultless(page, name)
            kept_in = state if colours == "none" else f"{state}-forced-colours"
            picture(page, kept_in, name, at_desk=state == kept_in == "whole")


@pytest.mark.parametrize("state", ["whole"])
def test_every_page_bears_text_of_twice_the_size(state, states, open_in, live_server):
    """WCAG 1.4.4: nothing is cut or pushed out when only the text grows."""
    client, found = pages_of(*states[state]())
    page = open_in(client)
    page.set_viewport_size({"width": 2 * PHONE, "height": 800})
    for name in each_page(page, live_server.url, found):
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert over_by(page) <= 0, name
        picture(page, f"{state}-large", name)


COUNTED = re.compile(r"You (?:have|can enter up to) [\d,]+ characters(?: remaining)?")
"""What a text area says of its length: with a script it counts."""
FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary"
AT_FOCUS = """(() => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const s = getComputedStyle(e), b = e.getBoundingClientRect();
    return [e.dataset.place, b.width > 0, s.outlineStyle !== 'none' || s.boxShadow !== 'none'
        || s.backgroundColor !== 'rgba(0, 0, 0, 0)'
        || e.closest('label, .nhsuk-radios__item, .nhsuk-checkboxes__item') !== null];
})()"""
"""Where the keyboard is: the element's mark, whether it has a size, whether it shows that it has the focus."""


@pytest.mark.parametrize("state", ["whole"])
def test_every_page_can_be_used_by_keyboard(state, states, open_in, live_server):
    """The Tab key comes to everything that can be used, in its order, shows where it is, and gets out again."""
    client, found = pages_of(*states[state]())
    page = open_in(client)
    for name in each_page(page, live_server.url, found):
        wanted = page.evaluate(
            "selector => [...document.querySelectorAll(selector)].filter("
            "e => e.checkVisibility() && !e.disabled).map(e => e.dataset.place = e.type === 'radio' ? 'radio ' + e.name"
            " : String(Math.random()))",
            FOCUSABLE,
        )
        page.bring_to_front()
        met, left = [], 0
        # a busy machine's browser can drop the focus once in the middle: the Tab key then begins anew
        for _ in range(2 * len(wanted) + 5):
            page.keyboard.press("Tab")
            place = page.evaluate(AT_FOCUS)
            met += [place] if place else []
            left += place is None and bool(met)
            if left > 1 or (left and met and {mark for mark, *_ in met} >= set(wanted)):
                break  # out of the page, behind its last element
        assert left, f"{name}: the Tab key does not get out of the page"
        assert all(is_seen and shows for _, is_seen, shows in met), name
        assert list(dict.fromkeys(place for place, *_ in met)) == list(dict.fromkeys(wanted)), name


@pytest.mark.parametrize("state", ["whole", "summary"])
def test_every_page_says_the_same_without_javascript(state, states, open_in, live_server):
    client, found = pages_of(*states[state]())
    # in it stands what was looked at between the two; its journey goes both ways (test_activity)
    found = {name: path for name, path in found.items() if not path.endswith("/activity")}
    told = []
    for has_javascript in (True, False):
        page = open_in(client, java_script_enabled=has_javascript)
        told.append(
            {
                name: COUNTED.sub("", page.inner_text("main")).split()
                for name in each_page(page, live_server.url, found)
            }
        )
    assert told[0] == told[1]


def send(page, **answers):
    """Fill in the form of a page's main part and send it."""
    for name, value in answers.items():
        field = page.locator(f"main [name='{name}']")
        if field.first.get_attribute("type") in ("radio", "checkbox"):
            page.check(f"main [name='{name}']" + (f"[value='{value}']" if value != "on" else ""))
        else:
            field.fill(value)
    follow(page, "main form button[type=submit]")


def follow(page, what):
    """Press what leads to another page, and look no sooner than that page is there."""
    with page.expect_navigation():
        page.locator(what).first.click()


def test_what_a_reader_sends_reads_well_on_a_phone(states, open_in, live_server):
    """What was found and what was not, forms with errors, a held result, a copy, a thread, and the desk's side."""
    patient, user = states["whole"]()
    client, found = pages_of(patient, user)
    page = open_in(client)

    def go(rest):
        page.goto(
            f"{live_server.url}{rest if rest.startswith('/') else f'/records/{patient.pk}/{rest}'}"
        )

    def look(name, words):
        assert over_by(page) <= 0, name
        assert_faultless(page, name)
        assert words in page.inner_text("main"), name
        picture(page, "sent", name)

    for name, words, said in (
        ("nothing", "", "There is a problem"),
        ("found", "blood", "Entries 1 to"),
        ("similar", "bloood", "similar"),
        ("none", "zzyzx", "Try another name"),
    ):
        go("find")
        send(page, words=words)
        look(f"find-{name}", said)
    go("older-results")
    send(page)
    look("older-results-nothing", "There is a problem")
    before = next(path for path in found.values() if path.endswith("before-you-see-it"))
    go("warn-me")
    send(page, abnormal="hold")
    look("warn-me-kept", "We have kept what you chose")
    go(before)
    look("held", "opens when your surgery has spoken to you")
    send(page)
    look("held-asked", "knows that you want to talk")
    go("copies")
    send(page)
    look("copies-nothing", "There is a problem")
    send(page, kind="results", agreed="on")
    look("copy", "CSV")
    go(next(path for path in found.values() if path.endswith("looks-wrong")))
    send(page)
    look("looks-wrong-nothing", "There is a problem")
    send(page, text="This was in 2019")
    look("thread", "This was in 2019")
    desk = open_in(sign_in(Client(), make_staff(patient.surgery, "desk@example.test")))
    page = desk
    here = f"/surgery/patients/{patient.pk}/"
    go(f"{here}results-to-speak-about/")
    look("desk-held", "until my surgery has spoken")
    follow(page, "main h3 a")
    look("desk-entry", "asked to be spoken to before this opens")
    go(f"{here}corrections/")
    look("desk-corrections", "Waits for an answer")
    follow(page, "main table a")
    send(page)
    look("desk-answer-nothing", "There is a problem")
    send(page, state="kept", text="It was so then")
    look("desk-answered", "It was so then")


def test_a_second_visit_reads_well_on_a_phone(states, open_in, live_server):
    """What came since, with sealed results among it: what was loaded just before the first visit counts."""
    patient, user = states["whole"]()
    reader(Client(), user, patient).get(f"/records/{patient.pk}/")
    page = open_in(reader(Client(), user, patient))
    for name in ("", "since-you-last-looked"):
        page.goto(f"{live_server.url}/records/{patient.pk}/{name}")
        assert "new" in page.inner_text("main")
        assert over_by(page) <= 0
        assert_faultless(page, name)
        picture(page, "second", name or "home")


NO_LEVELS = {"current": Level.NONE, "historical": Level.NONE}
CLOSED = {
    "paused": ("Your online access is paused", {"decision": "paused"} | NO_LEVELS),
    "paused-by-patient": ("Your online access is paused", {}),
    "denied": ("Your online access is closed", {"decision": "denied"} | NO_LEVELS),
    "declined": ("You stopped online access", NO_LEVELS | {"decision": "declined"}),
    "no-access": ("Your record is not open online", NO_LEVELS),
    "registration-over": ("You have left this surgery", {}),
    "identity": ("Prove who you are", {}),
    "section": ("You do not have access to this part", {"historical": Level.SUMMARY, "current": Level.SUMMARY}),
    "ended": ("Your access to this record has ended", {}),
    "section-proxy": ("You do not have access to this part", {}),
}  # fmt: skip

ASK_THE_SURGERY = {"paused", "denied", "no-access", "registration-over", "section"}
"""States in which there is something to ask, and the reader is the patient: nobody else is told of whom (R4.8)."""


@pytest.fixture(params=CLOSED)
def closed(request, surgery):
    """Somebody to whom a record, or a part of it, does not open, with the words of that page and its address."""
    state, today = request.param, timezone.localdate()
    words, levels = CLOSED[state]
    patient = make_patient(
        surgery,
        given_names="Ada",
        left_on=today - timedelta(days=30) if state == "registration-over" else None,
    )
    user = make_user(
        "ada@example.test", name="Ada Testwell", level="P5" if state == "identity" else "P9"
    )
    make_online(patient, user)
    if state == "declined":
        make_grant(patient, decided_at=timezone.now() - timedelta(days=1))
    make_grant(patient, **levels)
    if state == "paused-by-patient":
        by = access_of(user, patient.pk, on=today)
        pause(Wanted(), by=by, now=timezone.now())
    if state in ("ended", "section-proxy"):
        user = make_user("proxy@example.test", name="Pat Proxy")
        last = today + timedelta(days=90 if state == "section-proxy" else -1)
        make_proxy_grant(
            patient,
            user,
            scopes=[Section.MEDICINES],
            starts_on=today - timedelta(days=90),
            ends_on=last,
        )
    page = "documents" if state.startswith("section") else ""
    return state, words, reader(Client(), user, patient), f"/records/{patient.pk}/{page}"


def test_a_closed_record_reads_well_on_a_phone(closed, open_in, live_server):
    """Each refusal, and the first page of somebody who meets it."""
    state, words, client, address = closed
    page = open_in(client)
    for name, path in {"record": address, "start": "/"}.items():
        page.goto(live_server.url + path)
        if name == "record":
            assert page.inner_text("h1") == words
            asks = page.locator("main").get_by_role("link", name="ask Riverbank Surgery").count()
            assert asks == (state in ASK_THE_SURGERY)
        assert over_by(page) <= 0
        assert_faultless(page, name)
        picture(page, "closed", f"{state}-{name}")
    if state == "declined":
        page.goto(live_server.url + address)
        follow(page, "main form button[type=submit]")
        assert "You have started online access" in page.inner_text("body")
        assert_faultless(page, "resumed")
        picture(page, "closed", "resumed")
