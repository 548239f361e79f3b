"""Names and addresses that come in capitals, as people write them."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LETTERS = re.compile(r"[A-Z0-9]+(?:'[A-Z]+)*'?")
# never capital, but at the beginning
SMALL = _words("A AN AND AT BY CUM DE FOR IN LA LE OF ON SUB SUPER THE TO UNDER UPON WITH")
LONG_CAPITALS = _words("APMS CIC CCG GMS GPS HIV HMP III LLP NHS PCC PCT PMS RAF UEA UHPC")
# shortened words and names that look like letters to spell out
WORDS = _words("""AL AM AS AV BLVD CL CLR CO CR CRT CT CTR CTRS CTRE DR DRS EL GDN GDNS GRN GRP GT HMS HSE HSP HTH JR
    LN LT LTD MC MED MR MRS MS MT MY NO NR OX PK PL PRAC PRCT PT PTNR PTRS RD RDS SQ SR ST STH STR TY UP WLK
    HLTH MDL NTH BRK BRG CNTR CNT CTY DRV GRNG LDGE PLCE PRK SCH SRGY STN SVC TCE TRC""")
TWO_LETTER_NAMES = _words("HO KO LI LO NG OH SU WU YU")
ORDINAL = re.compile(r"\d+(ST|ND|RD|TH)")
SAINT = re.compile(r"\bST\.\s*")
NO_SPACE = re.compile(r",(?=\S)")


def as_written(text: str) -> str:
    """THE DENSHAM SURGERY as The Densham Surgery; text that has small letters is only tidied."""
    tidy = NO_SPACE.sub(", ", " ".join(text.split()))
    if tidy != tidy.upper():
        return tidy
    tidy = SAINT.sub("ST ", tidy)
    return LETTERS.sub(lambda found: _word(found, tidy), tidy)


def _word(found: re.Match[str], text: str) -> str:
    word, before = found[0], text[: found.start()]
    if _is_initials(word, before, text[found.end() :]):
        return word
    if word in SMALL:
        return _small_word(word, before)
    if word == "GPS":
        return "GPs"
    if _is_spelt_out(word):
        return ORDINAL.sub(lambda number: number[0].lower(), word)
    return _capitalised(word)


def _is_initials(word: str, before: str, after: str) -> bool:
    """Dr AP Kumar, Dr AT Bradford; but Dr Ng, Dr and Mrs."""
    return (
        len(word) == 2
        and bool(re.search(r"\bDRS?\.? $", before))
        and bool(re.match(r"\.? [A-Z]", after))
    )


def _small_word(word: str, before: str) -> str:
    """Capital at a beginning; a letter by itself is a letter; under and super are small between hyphens only."""
    if not before or before.endswith("("):
        return word.capitalize()
    if word == "A":
        return word
    if word in {"LA", "SUB", "SUPER", "UNDER"} and not before.endswith("-"):
        return word.capitalize()
    return word.lower()


def _is_spelt_out(word: str) -> bool:
    """Whether the letters stand for words: NHS, PMS, 10A, E12; two letters, or none of them to be spoken."""
    if any(letter.isdigit() for letter in word):
        return len(word.rstrip("0123456789")) < 3 or word[0].isdigit()
    if word in WORDS | TWO_LETTER_NAMES:
        return False
    is_unspeakable = len(word) < 5 and not set(word) & set("AEIOUY'")
    return len(word) < 3 or word in LONG_CAPITALS or is_unspeakable


def _capitalised(word: str) -> str:
    """O'CONNELL as O'Connell, MCKENZIE as McKenzie, MARY'S as Mary's."""
    first, mark, rest = word.partition("'")
    if mark and len(first) == 1 and len(rest) > 2:
        return f"{first}'{rest.capitalize()}"
    if word.startswith("MC") and len(first) > 4:
        return f"Mc{word[2:].capitalize()}"
    return word.capitalize()
