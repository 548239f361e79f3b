"""How many years of school a text asks for: the Flesch-Kincaid grade, counted strictly."""

import re
from html.parser import HTMLParser

import pyphen

SENTENCES = {"p", "li"}
LEFT_OUT = {"table", "h1", "h2", "h3", "svg", "nav", "code"}
"""Tables are looked things up in, not read; headings are short, and would make a text seem easier."""
NAMES = [
    # of services and laws, which are called what they are called
    "Equality Advisory and Support Service",
    "Equality and Human Rights Commission",
    "Information Commissioner's Office",
    "National Domestic Abuse Helpline",
    "Public Sector Bodies (Websites and Mobile Applications) (No. 2) Accessibility Regulations 2018",
    "Web Content Accessibility Guidelines",
    "Men's Advice Line",
    "Court of Protection",
    "JavaScript",
]
SYLLABLES = pyphen.Pyphen(lang="en_GB", left=1, right=1)


class Sentences(HTMLParser):
    """The sentences of a page: one or more in each paragraph or item of a list."""

    def __init__(self, html):
        super().__init__()
        self.left_out, self.parts = 0, []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.left_out += tag in LEFT_OUT
        if tag in SENTENCES:
            self.parts.append("")

    def handle_endtag(self, tag):
        self.left_out -= tag in LEFT_OUT
        if tag in SENTENCES:
            self.parts.append("")

    def handle_data(self, data):
        if self.parts and not self.left_out:
            self.parts[-1] += data

    def read(self):
        for part in self.parts:
            part = " ".join(part.split())
            for name in NAMES:
                part = part.replace(name, "it")
            for sentence in re.split(r"(?<=[.?!:])\s", part):
                if words := re.findall(r"[A-Za-z][A-Za-z'’-]*", sentence):
                    yield words


def syllables(word):
    """Hyphenation points find too few syllables and groups of vowels too many or too few: the greater counts."""
    word = word.lower().strip("'’-")
    by_vowels = len(
        re.findall(r"[aeiouy]+", re.sub(r"(?<=[^aeiouyl])e$|(?<=[^aeioutdy])ed$", "", word))
    )
    by_hyphens = SYLLABLES.inserted(word).count("-") + 1
    return max(by_vowels, by_hyphens, 1)


def grade(html):
    """The years of school: 6 is what children of 11 have."""
    sentences = list(Sentences(html).read())
    words = [word for sentence in sentences for word in sentence]
    a_sentence = len(words) / len(sentences)
    a_word = sum(map(syllables, words)) / len(words)
    return 0.39 * a_sentence + 11.8 * a_word - 15.59
