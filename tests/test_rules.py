"""Every rule of docs/rules.md is quoted by a test, and every rule that a test quotes is there."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULES = re.findall(r"^- \*\*(R\d+\.\d+)\*\*", (ROOT / "docs" / "rules.md").read_text(), re.M)
NUMBER = re.compile(r"\bR\d+\.\d+\b")
SHARED = ROOT.parent / "shared" / "domain-rules.md"


@cache
def quotes():
    """The rules that tests quote, in the words below their first line or in the name of a file of tests."""
    found = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tests = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]
        for node in [tree, *tests] if tests else []:
            for rule in NUMBER.findall(ast.get_docstring(node) or ""):
                found.setdefault(rule, set()).add(getattr(node, "name", path.name))
    return found


def test_each_rule_is_there_once_and_in_order():
    """R9.3"""
    assert len(RULES) == len(set(RULES)) == 72
    assert sorted(RULES, key=lambda rule: [int(one) for one in rule[1:].split(".")]) == RULES


def test_each_rule_is_quoted_by_a_test():
    """A rule that nothing quotes may be broken without anybody noticing."""
    assert [rule for rule in RULES if not quotes().get(rule)] == []


def test_no_test_quotes_a_rule_that_there_is_not():
    assert sorted(set(quotes()) - set(RULES)) == []


def test_no_code_quotes_a_rule_that_there_is_not():
    apps = ("portal", "records", "proxy_access", "accounts", "surgeries", "audit", "nhsuk")
    quoted = set()
    for app in apps:
        for path in (ROOT / app).rglob("*.py"):
            quoted |= set(NUMBER.findall(path.read_text(encoding="utf-8")))
    assert sorted(quoted - set(RULES)) == []
