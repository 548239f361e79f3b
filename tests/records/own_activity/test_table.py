"""Every action that is logged has a place in the truth table of a patient's activity (R2.3, R4.5, R4.11, R9.2)."""

import ast

import pytest

from audit.anchored import ANCHORED
from records.admitting import TICKED
from records.own_activity.table import (
    ACCOUNT,
    KINDS,
    NEVER,
    SHOWN,
    Kind,
    is_never_shown,
)
from tests.test_architecture import sources

WRITERS = {
    "record",
    "_log",
    "_note",
    "note",
    "log",
    "_add",
    "step_to",
    "_step",
    "step",
    "_hand",
    "_take",
    "_give_code",
}
"""The functions that are given an action, or write one down."""
DOORS = {"opens_record", "opens_for_staff", "opens_own_matters", "run"}
HALVES = {"proposed", "agreed", "sent back"}
"""Second halves of actions, put together in `records.practice.proposing`."""
PRACTICE = {
    f"{about} {what}"
    for about in ("practice change", "setting")
    for what in ("proposed", "agreed", "sent back")
}


def words_in(node):
    """The texts that an expression can be: itself, or either side of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value} - {"", "store_true", "extend", "append", *HALVES}
    if isinstance(node, ast.IfExp):
        return words_in(node.body) | words_in(node.orelse)
    return set()


def called(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def given(node):
    """What a call is given that may be an action: by its name, or as one of the texts among what comes first."""
    name = called(node)
    by_name = {
        word
        for each in node.keywords
        if each.arg in ("action", "did")
        for word in words_in(each.value)
    }
    if name in WRITERS | DOORS:
        return by_name | {word for each in node.args for word in words_in(each)}
    return by_name if name not in ("add_argument", "add_parser") else set()


def actions():
    found = {}
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                for word in given(node):
                    found.setdefault(word, str(path))
            if isinstance(node, ast.FunctionDef):
                for default in (*node.args.defaults, *node.args.kw_defaults):
                    for word in words_in(default) if default else ():
                        if node.name in DOORS:
                            found.setdefault(word, str(path))
    return found


def test_every_action_has_its_place():
    """R9.2: an action that nobody thought of is shown to nobody, and this test says so."""
    listed = SHOWN.keys() | ACCOUNT.keys() | NEVER.keys()
    found = actions()
    assert {
        word: path
        for word, path in found.items()
        if word not in listed and not is_never_shown(word)
    } == {}
    assert NEVER.keys() >= PRACTICE
    assert (
        listed - found.keys() - PRACTICE - {ANCHORED, TICKED} == set()
    )  # nothing stands there for nothing


def test_no_action_is_written_where_the_test_above_does_not_see_it():
    """Whoever passes an action on to the log is one of the functions whose callers are read."""
    passing = set()
    for path, tree in sources():
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            for node in ast.walk(function):
                is_written = isinstance(node, ast.Call) and ast.unparse(node.func) == "log.record"
                if is_written and not words_in(node.args[0]):
                    passing.add((path.stem, function.name, ast.unparse(node.args[0])))
    told = {
        one
        for one in passing
        if one[1] not in WRITERS | DOORS and one[2] not in ("TICKED", "ANCHORED")
    }
    assert told == {("desk_identity", "refused", "action")}  # whose callers say what they tried
    assert ("proposing", "note", "f'{about} {what}'") in passing


def test_no_action_is_both_told_and_never_told():
    assert (SHOWN.keys() | ACCOUNT.keys()) & NEVER.keys() == set()
    assert set(KINDS) == set(Kind) == {line.kind for line in (*SHOWN.values(), *ACCOUNT.values())}


@pytest.mark.parametrize(
    "action",
    [
        "entry hidden", "entry hidden by patient", "entry shown again by patient", "entry reviewed", "review opened",
        "correction answered", "record loaded", "sign of coercion ticked", "proxy application matched", "age reviewed",
        "proxy access taken in", "help asked", "help asked quietly", "task done",
    ],
)  # fmt: skip
def test_what_must_never_be_read_is_not_told(action):
    """R2.3, R4.5, R5.2"""
    assert is_never_shown(action)
    assert action not in SHOWN.keys() | ACCOUNT.keys()


def test_who_acts_for_a_patient_reads_of_little_even_of_their_own():
    """R4.11: what they opened, took with them and asked for; nothing that they could have done only beforehand or as staff."""
    assert {action for action, line in SHOWN.items() if line.is_own} == {
        "record opened", "warning page opened", "warnings agreed", "record searched", "document opened",
        "result opened", "older results opened", "copy asked for", "copy fetched", "proxy access changed",
        "asked to go on",
    }  # fmt: skip


def test_nothing_told_is_tied_to_one_entry():
    """R2.3: the words never say "an entry", "a result" or "hidden"; a part of the record is the least that is named."""
    for line in SHOWN.values():
        told = f"{line.verb} {line.thing} {line.refused}"
        assert not any(
            word in told for word in ("entry", "a result", "hidden", "hid ", "review", "safeguard")
        )
