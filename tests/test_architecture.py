"""The house holds: its directions, its one door, its one filter."""

import ast
import re
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["portal", "records", "proxy_access", "accounts", "surgeries", "audit", "nhsuk"]
GROUND = {"audit", "nhsuk"}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "managers", "services", "signals"}


def sources(*apps):
    for app in apps or FLOORS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def imported(node):
    """The top packages that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").split(".")[0] if not node.level else "relative"]
    return []


def where(path, node):
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def may_import(app, other):
    """Downwards only; the two grounds do not know each other."""
    if other not in FLOORS or other == app:
        return True
    if app in GROUND:
        return False
    return FLOORS.index(other) > FLOORS.index(app)


def test_nothing_points_up():
    wrong = [
        f"{where(path, node)} imports {other}"
        for path, tree in sources()
        for node in ast.walk(tree)
        for other in imported(node)
        if not may_import(path.relative_to(ROOT).parts[0], other)
    ]
    assert wrong == []


def test_nothing_is_imported_inside_a_function_or_for_types_only():
    wrong = [
        where(path, inner)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.If)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []


def test_no_module_hides_what_it_is_about():
    named = [path for path, _ in sources() if path.stem in FORBIDDEN_NAMES]
    assert named == []


def test_no_signals():
    wrong = [
        where(path, node)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and "signals" in (node.module or "")
    ]
    assert wrong == []


def attribute_chain(node):
    """`Entry.objects.visible_to` as ["Entry", "objects", "visible_to"]; [] for anything else."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


ENTRY_STARTS = {
    # who may start where: the one filter for readers, the staff's, and the importer's
    "visible_to": {"records"},
    "taken_back_from": {"records"},
    "gone_from": {"records/threads.py"},
    "hidden_from": {"records/takeaway/keeping.py"},
    "seen_by_staff": {"records"},
    "explained_to": {"records/explaining.py"},
    "of": {
        "records/importing/accompanying.py",
        "records/importing/store.py",
        "records/importing/undoing.py",
        "records/importing/words.py",
        "records/explaining.py",
        "records/grants.py",
    },
}


def test_every_query_for_entries_starts_at_the_one_filter():
    """Only `visible_to` for viewers and `seen_by_staff` for staff; the importer and `show_record` are named."""
    wrong = []
    for path, tree in sources():
        file = str(path.relative_to(ROOT))
        for node in ast.walk(tree):
            chain = attribute_chain(node)
            if chain[:2] == ["Entry", "objects"] and len(chain) > 2:
                allowed = ENTRY_STARTS.get(chain[2], set())
                if not (file in allowed or file.split("/")[0] in allowed):
                    wrong.append(f"{where(path, node)} {'.'.join(chain)}")
            elif chain in (["Entry", "_default_manager"], ["Entry", "_base_manager"]):
                wrong.append(where(path, node))
    assert wrong == []


def test_entries_are_reached_by_no_other_name():
    """Nothing keeps `Entry.objects` in a variable, and no raw SQL reads the table but the rule itself."""
    wrong = []
    for path, tree in sources():
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if attribute_chain(node) == ["Entry", "objects"]:
                if not isinstance(parents[node], ast.Attribute):
                    wrong.append(where(path, node))
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                deciding = {"records/visibility.py", "records/sealing.py"}
                is_elsewhere = str(path.relative_to(ROOT)) not in deciding
                if is_elsewhere and re.search(r"\bfrom\s+records_entry", node.value, re.I):
                    wrong.append(where(path, node))
    assert wrong == []


def test_views_for_patients_use_the_patients_filter_only():
    """A page behind the patient's door never asks for what staff see."""
    wrong = [
        where(path, node)
        for path, tree in sources("records")
        if "views" in path.parts and not path.stem.startswith("desk")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"seen_by_staff", "explained_to"}
    ]
    assert wrong == []


def test_levels_are_compared_in_one_module():
    """A rank, or what a level includes, is asked for where visibility is decided and nowhere else."""
    allowed = {"records/visibility.py", "surgeries/terms.py"}
    wrong = [
        where(path, node)
        for path, tree in sources()
        if str(path.relative_to(ROOT)) not in allowed
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"rank", "includes"}
    ]
    assert wrong == []


MAKES_ACCESS = {"records/grants.py"}
"""Where what somebody may read of a record is made: nowhere else is it put together."""


def test_what_somebody_may_read_is_made_in_one_module():
    """Also for staff who see a record as somebody: they get what the one decision answers that person."""
    wrong = [
        where(path, node)
        for path, tree in sources()
        if str(path.relative_to(ROOT)) not in MAKES_ACCESS
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"RecordAccess", "Levels"}
    ]
    assert wrong == []


MAY_SEND_NEWS = {"accounts/mail.py", "accounts/notices.py", "records/views/notices.py"}


def test_nobody_is_told_of_something_new_past_what_they_chose():
    """Everything but what keeps an account safe goes through `tell_if_wanted` or a batch (ADR 41)."""
    wrong = [
        where(path, node)
        for path, tree in sources()
        if str(path.relative_to(ROOT)) not in MAY_SEND_NEWS
        for node in ast.walk(tree)
        if attribute_chain(node) == ["Message", "SOMETHING_NEW"]
    ]
    assert wrong == []


SEEING = (
    "records/pages.py",
    "records/seeing.py",
    "records/explaining.py",
    "records/views/desk_seeing.py",
)
WRITES = {
    "save", "create", "bulk_create", "update", "delete", "get_or_create", "update_or_create", "begin_visit",
    "open_result", "open_closed", "open_older", "ask_to_be_told", "choose_wishes", "agree", "has_agreed",
}  # fmt: skip


@pytest.mark.parametrize("file", SEEING)
def test_what_is_seen_as_somebody_writes_nothing(file):
    """No visit, no opened result, no agreement in the person's name: the pages and their views only read."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert names & WRITES == set()


def test_pages_seen_as_somebody_are_behind_the_staffs_door_and_take_nothing_in():
    seen = [(route, view) for route, view in patterns() if "<whose:whose>" in route]
    assert len(seen) > 10
    for route, view in seen:
        assert getattr(view, "opens_for_staff", False), route
        assert not getattr(view, "opens_record", False), route


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda p: p.name)
def test_templates_decide_nothing(path):
    """A template may ask `access.allows(...)` to leave out a link; it never looks at levels or dates of access."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\.(levels|level_needed|released|withdrawn_at|starts_at)\b", text) or (
        path.is_relative_to(ROOT / "templates" / "staff")
    )
    assert ".objects" not in text


def patterns(resolver=None, prefix=""):
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, prefix + str(one.pattern))
        elif isinstance(one, URLPattern):
            yield prefix + str(one.pattern), one.callback


def test_every_address_that_names_a_patient_is_behind_a_door():
    named = [(route, view) for route, view in patterns() if "patient_id" in route]
    assert len(named) > 5
    open_ones = [
        route
        for route, view in named
        if not (getattr(view, "opens_record", False) or getattr(view, "opens_for_staff", False))
    ]
    assert open_ones == []


PUBLIC = {"", "healthz", "demo", "sign-in", "sign-out"}
PUBLIC |= {"help", "help/<slug:page>"}
PUBLIC |= {"demo/emails", "create-account", "account/closed", "invited"}
PUBLIC |= {
    f"nhs-login/{name}" for name in ("start", "callback", "new-account", "sign-in-first", "keys")
}
PUBLIC |= {
    f"demo/nhs-login/{name}"
    for name in (
        ".well-known/openid-configuration",
        "keys",
        "authorize",
        "choose",
        "token",
        "userinfo",
    )
}
PUBLIC |= {
    f"supplier/{name}"
    for name in (
        "token",
        "extracts",
        "extracts/<uuid:extract_id>",
        "openapi.json",
        "<anything:rest>",
    )
}
PUBLIC |= {"stop-emails/<str:token>"}
PUBLIC |= {"find-your-surgery", "surgeries/<uuid:surgery_id>"}
PUBLIC |= {"sign-in/passkey/begin", "sign-in/passkey/end"}
PUBLIC |= {"still-there", "still-there/stay", "still-there/time", "signed-out"}


def test_every_page_asks_for_sign_in_but_the_public_ones():
    public = {route for route, view in patterns() if not getattr(view, "login_required", True)}
    assert public <= PUBLIC | {route for route in public if route.startswith("set-up/")}


def test_identifiers_in_addresses_are_uuids():
    for route, _ in patterns():
        for converter, name in re.findall(r"<(?:(\w+):)?(\w+)>", route):
            if name.endswith("_id"):
                assert converter == "uuid", route


def test_functions_and_files_stay_small():
    """50 lines and 500 are refused; past 25 and 300, look again."""
    wrong = []
    for path, tree in sources():
        if path.read_text(encoding="utf-8").count("\n") > 500:
            wrong.append(str(path))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 50:
                wrong.append(where(path, node))
    assert wrong == []
