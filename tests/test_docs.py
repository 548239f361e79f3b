"""What the documents promise is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def names_of_tests():
    """The names of all tests."""
    written = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        written |= set(re.findall(r"^def (test_\w+)", path.read_text(), re.M))
    return written


def test_every_test_that_the_hazard_log_names_exists():
    """R9.3"""
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "hazard-log.md").read_text()))
    assert len(named) > 50
    assert named - names_of_tests() == set()


HAZARD = re.compile(r"^\| (H\d+) \|.*\| (\d), (\d) \| (\d), (\d) \|$")
ASKED_FOR = {
    "wrong patient": "H1", "hidden entry leaks": "H12", "misread result": "H20", "coercion": "H18",
    "proxy after end": "H15", "lost redaction on re-import": "H4", "outage": "H100",
    "clock error": "H101", "late or missing result": "H102", "stale record": "H103",
}  # fmt: skip


def test_every_hazard_says_its_risk_before_and_after_and_which_test_holds_it():
    """R9.3: in each row "before" and "after", of which the second is never the greater."""
    rows = [
        line
        for line in (ROOT / "docs" / "hazard-log.md").read_text().splitlines()
        if re.match(r"\| H\d+ \|", line)
    ]
    found = [HAZARD.match(row) for row in rows]
    assert [row[:40] for row, match in zip(rows, found, strict=True) if not match] == []
    for row, match in zip(rows, found, strict=True):
        before, after = int(match[2]) * int(match[3]), int(match[4]) * int(match[5])
        assert after <= before, match[1]
        assert "`test_" in row, match[1]
    names = [match[1] for match in found]
    assert len(names) == len(set(names))
    assert set(ASKED_FOR.values()) <= set(names)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(path):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


ENVIRON = re.compile(r"""environ(?:\.get\(|\[)["'](\w+)""")
INNER = {"DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE", "PORTAL_MUTATED", "LC_ALL"}
"""What processes tell each other, and what only tests read."""


def settings_read():
    """The names that the code takes from the environment."""
    found = set()
    for folder in ("portal", "records", "accounts", "proxy_access", "surgeries", "audit", "nhsuk"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= set(ENVIRON.findall(path.read_text()))
    secrets = re.findall(r'secret_of\(\s*"(\w+)"', (ROOT / "portal" / "settings.py").read_text())
    return (found | {f"PORTAL_{name}" for name in secrets}) - INNER


def test_every_setting_is_in_the_table():
    """docs/operations.md lists each, and none that is not read."""
    rows = (ROOT / "docs" / "operations.md").read_text().split("## Settings")[1].split("\n## ")[0]
    listed = {
        name
        for row in rows.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    by_scripts = {"PYTHON", "PYENV_ROOT"}
    assert settings_read() - listed == set()
    assert listed - settings_read() - by_scripts == set()


COMMAND = re.compile(r"bin/manage (\w+)")
OF_DJANGO = {"migrate", "check", "clearsessions", "prune_db_task_results", "db_worker", "COMMAND"}


@pytest.mark.parametrize("name", ["README.md", "docs/operations.md"])
def test_every_command_that_is_named_exists(name):
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py")}
    named = set(COMMAND.findall((ROOT / name).read_text()))
    assert named - commands - OF_DJANGO == set()
