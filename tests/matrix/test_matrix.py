"""Every address x method x role answers as `expected.py` says, and what is refused tells nothing."""

import logging
import re
from collections import Counter

import pytest
import time_machine
from django.template.backends.jinja2 import Template
from django.test import Client

from accounts.models import Duty, OnlineRegistration, User
from surgeries.terms import Section
from tests.cast import AT_DESK, make_online, make_user, sign_in
from tests.clock import NOW
from tests.matrix.asking import NOWHERE, addresses, ask, kind_of
from tests.matrix.expected import SETS, Is, groups
from tests.matrix.world import EVERYWHERE, OF_ACCOUNT, OF_DESK, OF_RECORD, SECRETS, World, undone

pytestmark = pytest.mark.django_db

ROLES = dict(zip(SETS, (EVERYWHERE, OF_RECORD, OF_DESK, OF_ACCOUNT), strict=True))
ALL = list(addresses())
NAMES = {one.name for one in ALL}
BY_NAME = {
    one.name if short in NAMES else short: one
    for one in ALL
    for short in [one.name.removeprefix("records:")]
}
TABLE = list(groups())
TAKEN = [
    (method, BY_NAME[name], group.letters)
    for group in TABLE
    for method, names in group.names.items()
    for name in names
    if name in BY_NAME
]
KNOWS_HER = {"first factor", "patient", "proxy", *OF_RECORD, *OF_DESK, *OF_ACCOUNT, *Duty.values}
"""Whose refusals may name Ada, since they may know of her: she herself, who acts for her, and her surgery."""
WITHOUT_TOKEN = {
    "records:supplier-token",
    "records:supplier-extracts",
    "records:supplier-elsewhere",
}
WITHOUT_TOKEN |= {
    "demo-nhs-login-token",
    "accounts:stop-emails",
}  # the last is one press in a mail program
"""What machines send, which have no cookie that somebody else could use."""
OF_NOTHING = ("/demo", f"/records/{NOWHERE}/", "/nothing")
ONE_TIME = re.compile(r'<strong>\w{4} \w{4}</strong>|"challenge": "[^"]*"')
"""A code for the desk, and what a passkey signs."""


@pytest.fixture
def world(monkeypatch):
    """The world, at one moment; the lines that Django logs for each refusal are not written."""
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    with time_machine.travel(NOW, tick=False):
        made = World()
        AT_DESK.clear()
        yield made


@pytest.fixture
def unrendered(monkeypatch):
    """Only what refuses is written out as a page: a page that opens is not looked at here."""
    render = Template.render

    def render_refusals(self, context=None, request=None):
        name = self.template.name
        refuses = name.startswith("errors/") or name.endswith("refused.html")
        return render(self, context, request) if refuses else ""

    monkeypatch.setattr(Template, "render", render_refusals)


def shown(wrong):
    """What is wrong, one to a line."""
    return f"{len(wrong)} wrong:\n" + "\n".join(wrong[:60])


def browser_of(world, make):
    client = make(world)
    client.raise_request_exception = False
    AT_DESK.clear()
    return client


def test_every_address_is_in_the_table_once_for_each_method():
    """One that is added fails here until somebody says who may have it."""
    listed = Counter(
        (method, name) for one in TABLE for method in one.names for name in one.names[method]
    )
    assert [each for each, times in listed.items() if times > 1] == []
    assert {name for _, name in listed} ^ set(BY_NAME) == set()
    assert len(BY_NAME) == len(ALL)
    for group in TABLE:
        for set_, letters in group.letters.items():
            assert len(letters) in {0, len(ROLES[set_])}, (group.title, set_)


def is_of_nobody(role, address):
    """Whether nothing in the page may be of its reader: no name of their surgery, no way to another link."""
    if address.name.startswith("records:supplier") or "token" in address.arguments:
        return False
    if address.route.startswith("surgery/"):
        is_theirs = role == "other surgery" and "patient_id" not in address.arguments
        return not is_theirs and role not in KNOWS_HER
    return not (address.route.startswith("records/") and role in KNOWS_HER)


def wrong_with(role, letter, answer, address, path, unknown):
    """What is not as the table says, and what a refusal tells; nothing where all is well."""
    found = kind_of(answer, path)
    if found != letter:
        return f"{found}, not {letter}"
    if found == Is.UNKNOWN and is_of_nobody(role, address) and answer.page not in unknown:
        return "not the page of an address of nothing"
    if found not in {Is.IN, Is.TOKEN} and role not in KNOWS_HER:
        if told := [words for words in SECRETS if words in answer.page + answer.location]:
            return f"tells {told}"
    return ""


AT_ONCE = 4
"""Roles of one test: the others of their set are asked by other workers."""
SHARES = [(set_, first) for set_ in SETS for first in range(0, len(ROLES[set_]), AT_ONCE)]


@pytest.mark.parametrize(("set_", "first"), SHARES)
def test_each_role_is_answered_as_the_table_says(world, unrendered, set_, first):
    """R3.1, R4.8, R4.11, R8.1: and nothing that is refused says whether it is there."""
    wrong, asked = [], 0
    roles = list(enumerate(ROLES[set_].items()))[first : first + AT_ONCE]
    for number, (role, make) in roles:
        with undone():
            client = browser_of(world, make)
            unknown = {ask(client, "GET", path).page for path in OF_NOTHING}
            for method, address, letters in TAKEN:
                letter = letters[set_][number : number + 1]
                if not letter or (
                    role.startswith("proxy for") and len(set(letters[set_][-7:])) < 2
                ):
                    continue  # by section nothing differs there
                path = address.of(world.named_for(address))
                answer = ask(client, method, path)
                asked += 1
                if said := wrong_with(role, letter, answer, address, path, unknown):
                    wrong.append(f"{role}: {method} {address.name}: {said}")
    assert not wrong, shown(wrong)
    assert asked > 20


def most_able(world, address):
    """The browser of who may do the most at an address."""
    at_desk = address.route.startswith("surgery/")
    return browser_of(world, OF_RECORD["all duties"] if at_desk else EVERYWHERE["patient"])


def test_no_address_takes_another_method(world, unrendered):
    """405 to who may do the most; to who is signed out no method opens what the table does not open."""
    taken = {(method, address.name) for method, address, _ in TAKEN}
    wrong = []
    for address in ALL:
        with undone():
            clients = [most_able(world, address), browser_of(world, EVERYWHERE["signed out"])]
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                if (method, address.name) in taken:
                    continue
                path = address.of(world.named_for(address))
                kinds = [kind_of(ask(client, method, path), path) for client in clients]
                if kinds[0] != Is.METHOD or kinds[1] not in {Is.METHOD, Is.SIGN_IN}:
                    wrong.append(f"{method} {address.name}: {kinds}")
    assert not wrong, shown(wrong)


def test_a_head_is_answered_as_the_page_without_its_words(world, unrendered):
    wrong = []
    for role in ("signed out", "patient", Duty.DECIDE_ACCESS):
        client = browser_of(world, EVERYWHERE[role])
        for method, address, letters in TAKEN:
            if method == "GET" and address.name not in {"records:copy-file"}:
                path = address.of(world.named_for(address))
                answer = ask(client, "HEAD", path)
                letter = letters["everywhere"][list(EVERYWHERE).index(role)]
                is_program = address.route.startswith("supplier/")
                if answer.page or (kind_of(answer, path) != letter and not is_program):
                    wrong.append(f"{role} {address.name}: {answer.status}")
    assert not wrong, shown(wrong)


def test_nothing_is_taken_without_the_token_of_the_form(world, unrendered):
    """403 for every form, whoever sends it, but for what machines send."""
    wrong = []
    for method, address, _ in TAKEN:
        if method == "POST":
            with undone():
                client = most_able(world, address)
                client.handler.enforce_csrf_checks = True
                answer = ask(client, "POST", address.of(world.named_for(address)))
                refused = answer.status == 403 and "This form is out of date" in answer.page
                if refused is (address.name in WITHOUT_TOKEN):
                    wrong.append(f"{address.name}: {answer.status}")
    assert not wrong, shown(wrong)


def test_the_ids_of_others_are_ids_of_nothing(world):
    """R2.3, R8.1: in an address of one's own, each id of another surgery's patient answers as one that nobody has."""
    wrong, asked = [], 0
    for method, address, _ in TAKEN:
        for argument in address.arguments:
            if not (argument.endswith("_id") or argument in {"role", "task", "factor"}):
                continue
            if argument == "surgery_id" or address.name.startswith("records:supplier"):
                continue
            with undone():
                client = most_able(world, address)
                named, nothing = world.named_for(address), {"role": 10**9, "task": 10**9}
                of_others = address.of(named | {argument: world.theirs.named[argument]})
                of_nobody = address.of(named | {argument: nothing.get(argument, NOWHERE)})
                answers = [ask(client, method, path).without_ids for path in (of_others, of_nobody)]
                asked += 1
                if answers[0] != answers[1]:
                    wrong.append(f"{method} {of_others}: {[one.status for one in answers]}")
    assert not wrong, shown(wrong)
    assert asked > 200


def test_a_proxy_of_one_section_finds_the_pages_and_entries_of_that_one(world):
    """R4.3: for each section alone, over all seven."""
    for scope in Section.values:
        with undone():
            client = browser_of(world, OF_RECORD[f"proxy for {scope}"])
            for section, entry in world.ada.entries.items():
                home = f"/records/{world.ada.patient.pk}/"
                answers = [
                    ask(client, "GET", f"{home}{rest}") for rest in (section, f"entries/{entry.id}")
                ]
                expected = [200, 200] if section == scope else [403, 404]
                assert [one.status for one in answers] == expected, (scope, section)
                assert all(("Secret" in one.page) is (section == scope) for one in answers)


@pytest.mark.parametrize("level", ["P0", "P5"])
def test_before_p9_no_page_and_no_act_differs(world, level):
    """R3.1: whoever acts for somebody on paper is answered as one who has to do with nobody."""
    client = browser_of(world, EVERYWHERE[level])
    without = make_user("without@example.test", level=level, name="Cara Helper")
    other = world.browser(without)
    for each in (client, other):  # the keys of an app differ, which are shown to who confirmed
        session = each.session
        del session["confirmed_at"]
        session.save()
    emails = (User.objects.get(email__startswith=f"{level}@").email, without.email)
    wrong = []
    for method, address, _ in TAKEN:
        if address.route.startswith("surgery/"):
            continue  # where all of them read the page of nothing, to the byte
        path = address.of(world.named_for(address))
        seen = [ask(one, method, path) for one in (client, other)]
        pages = [
            ONE_TIME.sub("", one.page).replace(email, "")
            for one, email in zip(seen, emails, strict=True)
        ]
        if seen[0][:2] != seen[1][:2] or pages[0] != pages[1]:
            wrong.append(f"{method} {address.name}")
    assert not wrong, shown(wrong)


def test_nobody_is_more_than_their_duties():
    """There is no superuser: whoever runs the portal has no way in but a surgery's duty."""
    fields = {field.name for field in User._meta.get_fields()}
    assert not fields & {"is_superuser", "is_staff", "groups", "user_permissions"}
    assert not User(email="a@example.test").__dict__.get("is_superuser")
    assert Client().get("/admin/").status_code == 404


@pytest.mark.parametrize("level", ["P0", "P5"])
def test_even_a_registration_on_file_is_not_looked_up(
    patient, level, client, django_assert_max_num_queries
):
    """R3.1: going by the queries, none of which asks for patients or registrations."""
    user = make_user("ada@example.test", level=level)
    make_online(patient, user)
    sign_in(client, user)
    for path in ("/", "/prove-who-you-are", "/letter", "/prove-who-you-are/at-your-surgery"):
        with django_assert_max_num_queries(30) as captured:
            client.get(path)
        asked = " ".join(query["sql"] for query in captured.captured_queries)
        assert "surgeries_patient" not in asked
        assert OnlineRegistration._meta.db_table not in asked
