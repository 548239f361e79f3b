"""The words of a text as rules compare them: without case, accents and look-alike letters, each with its place."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

LOOK_ALIKE = str.maketrans(
    "абвгдеѕзіјкӏмопрсԛтуԝхһցʏɡɑαβεικνορτυχγ",
    "a6brдesзijkimonpcqtywxhgygaabeikvoptuxy",
) | {
    ord("ı"): "i", ord("ł"): "l", ord("ø"): "o", ord("đ"): "d", ord("ð"): "d", ord("þ"): "th",
    ord("æ"): "ae", ord("œ"): "oe", ord("ħ"): "h", ord("ŧ"): "t", ord("ɩ"): "i", ord("в"): "b",
    ord("н"): "h", ord("к"): "k", ord("м"): "m", ord("т"): "t", ord("р"): "p", ord("с"): "c",
    ord("’"): "'", ord("‘"): "'", ord("ʼ"): "'", ord("＇"): "'", ord("´"): "'", ord("`"): "'",
}  # fmt: skip
"""Letters of other alphabets that look like ours, and ours that no accent explains; apostrophes are one."""

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
TAGS = "a|b|body|br|div|em|font|h[1-6]|html|i|li|ol|p|pre|span|strong|table|tbody|td|th|tr|u|ul"
MARKUP = re.compile(
    rf"""</?(?:{TAGS})(?:\s+[\w:-]+=(?:"[^"<>]*"|'[^'<>]*'))*\s*/?>|&\#?\w{{1,8}};""", re.I
)
"""Tags without words of their own: what stands between < and > may be what somebody wrote."""
ENDS = re.compile(r"[.!?;](?=\s)")


class Word(NamedTuple):
    """A word as it is compared, and where it stands; `stop` is the number of its sentence."""

    plain: str
    start: int
    end: int
    stop: int


class Letters(NamedTuple):
    """A text as it is compared; `places` lead from each letter to the one it was, None where nothing moved."""

    plain: str
    places: list[int] | None


@lru_cache(maxsize=4096)
def plain_letter(letter: str) -> str:
    """A letter as it is compared; nothing for one that is not seen: a joiner, an accent, a direction mark."""
    if unicodedata.category(letter) in ("Cf", "Mn", "Me", "Cc") and letter not in "\n\r\t":
        return ""
    bare = unicodedata.normalize("NFKD", letter.casefold()).casefold()
    kept = "".join(each for each in bare if unicodedata.category(each) not in ("Mn", "Me"))
    return kept.translate(LOOK_ALIKE)


def letters(text: str) -> Letters:
    """The letters of a text as they are compared; markup is a gap, whatever it says."""
    if "<" in text or "&" in text:
        text = MARKUP.sub(lambda found: " " * len(found[0]), text)
    if text.isascii() and text.isprintable():
        return Letters(text.lower(), None)
    plain, places = [], []
    for place, letter in enumerate(text):
        same = plain_letter(letter)
        plain.append(same)
        places.extend([place] * len(same))
    return Letters("".join(plain), places)


def words_of(text: str) -> list[Word]:
    """The words of a text in their order; "mother's" is mother."""
    plain, places = letters(text)
    stops = [found.start() for found in ENDS.finditer(plain)]
    words, stop = [], 0
    for found in WORD.finditer(plain):
        start, end = found.span()
        while stop < len(stops) and stops[stop] < start:
            stop += 1
        if places is not None:
            start, end = places[start], places[end - 1] + 1
        words.append(Word(found[0].removesuffix("'s"), start, end, stop))
    return words


def words_in(text: str) -> set[str]:
    """The same words without their places, and their parts: to see in a moment that none of some is there."""
    return set(letters(text).plain.translate(NO_WORD).split())


class _NoWord(dict[int, str]):
    """What is no letter or figure becomes a gap; learnt letter by letter."""

    def __missing__(self, letter: int) -> str:
        kept = chr(letter) if chr(letter).isalnum() else " "
        self[letter] = kept
        return kept


NO_WORD = _NoWord()
