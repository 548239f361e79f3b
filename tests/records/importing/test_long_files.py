"""A long file is read in pieces, and says the very same as if it were read as a whole."""

import json
import random
import tracemalloc

import pytest

from records.importing.extract import UnreadableExtract
from records.importing.fhir import decoding
from records.importing.formats import read
from tests.records.importing import r4_resources as r4
from tests.records.importing.gpconnect_resources import (
    as_bytes,
    coded,
    fixture,
    observation,
    patient,
    resource,
)
from tests.records.importing.mutating import mutated

QUIRKS = fixture("quirks.json")
ONE = json.dumps({"resource": observation()}).encode()
PERSON = json.dumps({"resource": patient()}).encode()


def said(data, long, monkeypatch):
    """What is made of a file, where one of so many bytes counts as long."""
    monkeypatch.setattr(decoding, "LONG", long)
    monkeypatch.setattr(decoding, "TAKEN_APART", 2)  # so that most is taken apart again and again
    try:
        return read(data)
    except UnreadableExtract as error:
        return str(error)


def bundle(*entries, before=b"", after=b""):
    return b'{"resourceType": "Bundle",%s "entry": [%s]%s}' % (before, b",".join(entries), after)


@pytest.mark.parametrize(
    "data",
    [
        QUIRKS,
        b"\xef\xbb\xbf" + QUIRKS,
        QUIRKS[:20000],
        r4.as_bytes(r4.patient(), r4.observation(), r4.observation(id="o2")),
        bundle(PERSON, ONE, ONE),
        bundle(PERSON, ONE, ONE.replace(b"195967001", b"1")),  # another one with its id
        bundle(PERSON, ONE, after=b',"entry": [%s]' % PERSON),  # the later of two counts
        bundle(PERSON, ONE, before=b'"entry": "\xff",'),
        bundle(PERSON, ONE, before=b'"a": "\xed\xa0\x80",'),
        bundle(PERSON, ONE, b"1", b"null", b'"x"', b"[]", b"{}", b'{"resource": 1}'),
        bundle(PERSON, ONE.replace(b'"Asthma"', b'"\xff"')),
        bundle(PERSON, ONE.replace(b'"Asthma"', b'"\\ud800"')),
        bundle(PERSON, ONE.replace(b'"Asthma"', b"NaN")),
        bundle(PERSON, ONE.replace(b'"Asthma"', b"01")),
        bundle(PERSON, ONE.replace(b'"Asthma"', b"[" * 50_000 + b"]" * 50_000)),
        bundle(PERSON, ONE.replace(b'"Asthma"', b'"As", "display": "thma"')),
        bundle(PERSON, ONE + b","),
        bundle(PERSON, ONE) + b"x",
        bundle(),
        b'{"resourceType": "Bundle", "entry": {}}',
        b'{"resourceType": "Patient", "entry": [1]}',
        b'{"entry": []}',
        b"[1]",
    ],
)
def test_a_file_in_pieces_says_the_same_or_is_refused_for_the_same_reason(data, monkeypatch):
    assert said(data, 0, monkeypatch) == said(data, len(data) + 1, monkeypatch)


def test_so_does_a_file_with_anything_wrong_in_it(monkeypatch):
    whole = json.loads(QUIRKS)
    for place in range(40):
        data = mutated(whole, random.Random(place))
        assert said(data, 0, monkeypatch) == said(data, len(data) + 1, monkeypatch), place


def test_what_the_file_holds_is_found_in_pieces(monkeypatch):
    found = said(bundle(PERSON, ONE), 0, monkeypatch)
    assert [str(entry.key) for entry in found.entries] == ["Observation/o"]


def test_a_long_file_takes_little_more_room_than_its_bytes_and_what_it_says():
    """Decoded as a whole it takes five times its bytes, before anything is made of it."""
    results = [
        observation(id=f"o{place}", code=coded(display=f"Result {place % 50}"), extension=[
            {"url": "https://example.test/not-read", "valueCodeableConcept": coded(str(nested))}
            for nested in range(5)
        ])
        for place in range(1500)
    ]  # fmt: skip
    data = as_bytes(patient(), *results, resource("Practitioner"))
    assert len(data) > decoding.LONG
    read(as_bytes(patient(), observation()))
    tracemalloc.start()
    try:
        extract = read(data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(extract.entries) == 1500
    assert most < 3 * len(data)
