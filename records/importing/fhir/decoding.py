"""From bytes to JSON: a short file as a whole; a long one in pieces, which are taken apart when they are asked for.

Objects and lists of Python take five times the room of the JSON that they come from. Of a long file its bytes are
kept instead, with where each entry begins and ends.
"""

import codecs
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from records.importing.extract import UnreadableExtract
from records.importing.fhir.fields import Json, clean

LARGEST = 64 * 1024 * 1024
"""Bytes: a hundred times a long record; more is not an extract of one person."""
LONG = 512 * 1024
"""Bytes of a file that is long: a record of twenty years is shorter."""
TAKEN_APART = 128
"""Entries of a long file that are kept as objects for a while: the people, places and medicines that many others name."""
A_PIECE = 64 * 1024

Entry = Callable[[int], Any]
"""The entry of a bundle at a place."""

# Numbers stay as they were written: 41.0 is not 41 (R6.6).
_ANYTHING = msgspec.json.Decoder(float_hook=str)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def decoded(data: bytes) -> Json:
    """The JSON object in a file; raises UnreadableExtract with one line that says what is wrong with it.

    Each of `entry` may be a piece of the file, which `taken_apart` makes what it is.
    """
    if len(data) > LARGEST:
        raise UnreadableExtract(f"The file is larger than {LARGEST // 1024 // 1024} MB")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        body = (_in_pieces(data) if len(data) >= LONG else None) or _ANYTHING.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise UnreadableExtract(f"The file is not complete JSON: {one_line(error)}") from error
    if not isinstance(body, dict):
        raise UnreadableExtract("The file is JSON but not a FHIR resource")
    return body


def taken_apart(entry: Any) -> Any:
    """An entry of a bundle, whether or not it is a piece."""
    return _ANYTHING.decode(entry) if isinstance(entry, msgspec.Raw) else entry


def keeping_some(entries: list[Any]) -> Entry:
    """Each entry of a bundle taken apart, by its place; what was asked for lately is kept."""
    return lru_cache(TAKEN_APART)(lambda place: taken_apart(entries[place]))


def _in_pieces(data: bytes) -> Json | None:
    """A bundle with a piece for each entry; None for whatever else, or is not right, so that it is read as a whole.

    All of it is looked at once, as what is wrong in a piece has to be found before anything is made of the others.
    """
    try:
        _refuse_other_encodings(data)
        names = _OBJECT.decode(data)
        pieces = _LIST.decode(names.pop("entry"))
        for piece in pieces:
            _ANYTHING.decode(piece)
        return {name: _ANYTHING.decode(value) for name, value in names.items()} | {"entry": pieces}
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return None


def _refuse_other_encodings(data: bytes) -> None:
    """Raise UnicodeDecodeError where it is no UTF-8, also in what a later value of the same name stands for."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), A_PIECE):
        decoder.decode(data[start : start + A_PIECE], final=start + A_PIECE >= len(data))


def one_line(words: Any) -> str:
    """Words of a source in one short line."""
    return " ".join(clean(str(words)).split())[:200]
