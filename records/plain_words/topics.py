"""Which page of the NHS website is about an entry, from topics.csv (SOURCES.md says where it is from)."""

import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

TOPICS = Path(__file__).with_name("topics.csv")
WEBSITE = "https://www.nhs.uk/"
KINDS = {
    "condition": "condition",
    "medicine": "medicine",
    "immunisation": "immunisation",
    "report": "test",
    "result": "test",
    "result-group": "test",
    "observation": "test",
}
HARMLESS_WORDS = {
    "condition": """
        disorder disease nos unspecified acute chronic mild moderate severe recurrent persistent
        seasonal left right both bilateral primary history of h/o active current diagnosed
        diagnosis confirmed
    """,
    "medicine": """
        tablet tablets capsule capsules caplets oral solution suspension liquid inhaler
        dispersible effervescent soluble chewable orodispersible gastro-resistant modified-
        release m/r xl sr film-coated sugar free sachets powder dose doses cfc hydrochloride
        sodium potassium maleate besilate calcium fumarate succinate phosphate mesilate
        hydrobromide trihydrate erbumine arginine medoxomil monohydrate magnesium tartrate
        bisulfate anhydrous citrate mg mcg microgram micrograms gram grams g ml unit units dry
        metered
    """,
    "immunisation": """
        first 1st second 2nd third 3rd fourth 4th fifth 5th booster preschool pre-school dose
        vaccination vaccine immunisation immunization of for against seasonal injection
        inactivated adjuvanted quadrivalent trivalent recombinant live attenuated nasal and part
        course 1 2 3 4 given administration measles mumps rubella herpes zoster mrna diphtheria
        tetanus pertussis polio acellular hib hepatitis b haemophilus influenzae type conjugate
        polysaccharide valent procedure zostavax shingrix
    """,
    "test": """
        level levels test tests sample blood serum plasma recorded reading nos
    """,
}
"""Words that leave what a title names as it is. Beside any other word it may be something else: portal hypertension
is not high blood pressure, and neither is a father's."""
HARMLESS = {kind: frozenset(words.split()) for kind, words in HARMLESS_WORDS.items()}
BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")
AMOUNT = re.compile(r"[\d.,]+(?:mg|g|mcg|micrograms?|ml|units?|%)?(?:/(?:\d*ml|dose|[\d.]+))?")
WORD = re.compile(r"[^\s,;:()\[\]\"“”]+")


class Topic(NamedTuple):
    """A page of the NHS website and the words that led to it."""

    words: str
    href: str


def topics_of(kind: str, title: str) -> list[Topic]:
    """The page about what a title names: none where it may mean something else, or that there is none of it."""
    of_kind = KINDS.get(kind, "")
    if not of_kind or "?" in title:
        return []
    text = title.casefold().replace("’", "'")
    for plain in (
        (text, BRACKETS.sub(" ", text)) if of_kind in {"medicine", "condition"} else (text,)
    ):
        if found := _about(of_kind, _words(plain)):
            return [found._replace(words=_as_written(found.words, title))]
        if of_kind == "condition" and not _is_kind_of_code(text):
            break
    return []


def _as_written(words: str, title: str) -> str:
    """The same words, with the capitals of those that have them inside: COVID-19, HbA1c."""
    written = {
        each.casefold(): each for each in WORD.findall(title) if each[1:] != each[1:].lower()
    }
    return " ".join(written.get(each, each) for each in words.split())


def _is_kind_of_code(text: str) -> bool:
    """Whether what stands in brackets only says what sort of code it is: "Asthma (disorder)"."""
    return all(each[1:-1] in HARMLESS["condition"] for each in BRACKETS.findall(text))


def _words(text: str) -> str:
    return f" {' '.join(WORD.findall(text))} "


def _about(kind: str, words: str) -> Topic | None:
    """The topic of which all the words of a title speak, but for those that do no harm."""
    for name, page in _topics(kind):
        if f" {name} " in words:
            rest = words.replace(f" {name} ", "  ", 1).split()
            if all(each in HARMLESS[kind] or _is_amount(kind, each) for each in rest):
                return Topic(name, WEBSITE + page)
    return None


def _is_amount(kind: str, word: str) -> bool:
    return kind == "medicine" and bool(AMOUNT.fullmatch(word) or word in {"-", "+"})


@cache
def _topics(kind: str) -> list[tuple[str, str]]:
    """The words and pages of one kind, the longest words first."""
    with TOPICS.open(encoding="utf-8", newline="") as file:
        found = [(row["words"], row["page"]) for row in csv.DictReader(file) if row["kind"] == kind]
    return sorted(found, key=lambda topic: -len(topic[0]))
