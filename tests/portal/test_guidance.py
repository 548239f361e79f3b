"""The public pages: all there, dated, linked, easy to read, and refused when a file is broken."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import resolve

from nhsuk.wording import date_words
from portal import guidance
from portal.content import BrokenContent, front_page_cards, load_pages, pages
from portal.page_markdown import BadMarkdown, render
from records.online import TERMS_VERSION
from tests.cast import sign_in
from tests.portal.reading_age import grade, syllables

pytestmark = pytest.mark.django_db
FOLDER = Path(settings.BASE_DIR) / "content"
FILES = sorted(FOLDER.glob("*.md"))
PROMISED = {
    "get-your-medical-records",
    "gp-record",
    "gp-record-online",
    "gp-record-in-person",
    "hospital-record",
    "dentist-record",
    "optician-record",
    "new-and-older-entries",
    "before-you-look",
    "nominate-someone-you-trust",
    "children-and-young-people",
    "if-you-are-being-pressured",
    "abbreviations",
    "privacy",
    "cookies",
    "accessibility",
    "contact",
    "terms",
}
OLDEST = 6
"""The years of school that a page may ask for: those of a child of 11."""


class Links(HTMLParser):
    """What a page leads to, and what it loads by itself."""

    def __init__(self, html):
        super().__init__()
        self.leads_to, self.loads, self.ids = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.append(attrs.get("id"))
        if tag == "a":
            self.leads_to.append(attrs["href"])
        else:
            self.loads += [attrs[name] for name in ("src", "href", "action") if name in attrs]


def every_page():
    return [pytest.param(path.stem, id=path.stem) for path in FILES]


def address(stem):
    return "/help" if stem == "index" else f"/help/{stem}"


def shown(client, stem):
    response = client.get(address(stem))
    assert response.status_code == 200
    return response.content.decode()


def main_of(html):
    return re.search(r"<main.*?</main>", html, re.S)[0]


def field(stem, name):
    """A field of the file, read without the portal's own reader."""
    text = (FOLDER / f"{stem}.md").read_text(encoding="utf-8")
    return re.search(rf"^{name}: (.*)$", text, re.M)[1]


def test_every_promised_page_is_there():
    assert PROMISED | {""} == set(pages())


@pytest.mark.parametrize("stem", every_page())
def test_a_page_answers_signed_out_with_its_title_and_its_two_dates(client, stem):
    html = shown(client, stem)
    assert f"<title>{field(stem, 'title')} - GP record</title>".replace("'", "&#39;") in html
    assert html.count("<h1") == 1
    page = pages()["" if stem == "index" else stem]
    assert field(stem, "created") == page.created.isoformat()
    assert field(stem, "reviewed") == page.reviewed.isoformat()
    assert f"Page last reviewed: {date_words(page.reviewed)}" in html
    assert f"Page created: {date_words(page.created)}" in html


def test_each_date_comes_from_its_own_field(tmp_path):
    page = one_page(tmp_path, created="2026-01-02", reviewed="2026-03-04")
    assert (page.created.isoformat(), page.reviewed.isoformat()) == ("2026-01-02", "2026-03-04")


@pytest.mark.parametrize("stem", [*every_page(), pytest.param("/", id="front page")])
def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(client, stem):
    html = client.get("/").content.decode() if stem == "/" else shown(client, stem)
    found = Links(html)
    assert len(found.leads_to) > 5
    for link in found.leads_to:
        path, _, part = link.partition("#")
        if link.startswith(("tel:", "https://")):
            continue
        assert not path or path.startswith("/"), link
        if path:
            resolve(path)
        if part and path.startswith("/help"):
            assert part in Links(client.get(path).content.decode()).ids, link
        elif part:
            assert part in found.ids, link
    assert all(link.startswith("/") for link in found.loads)


@pytest.mark.parametrize("stem", every_page())
def test_a_child_of_11_could_read_a_page(client, stem):
    assert grade(main_of(shown(client, stem))) <= OLDEST


def test_a_child_of_11_could_read_the_front_page(client):
    assert grade(main_of(client.get("/").content.decode())) <= OLDEST


def test_the_measure_of_reading_age_tells_easy_from_hard():
    easy = "<p>The cat sat on the mat. It was a warm day.</p>"
    hard = "<p>Prospective availability necessitates practitioner authorisation of retrospective information.</p>"
    assert grade(easy) < 2
    assert grade(hard) > 20
    assert [syllables(word) for word in ("cat", "used", "surgery", "registration")] == [1, 1, 3, 4]


@pytest.mark.parametrize(
    "path",
    ["/help/nothing", "/help/index", "/help/..%2fREADME", "/help/../README", "/help/privacy.md",
     "/help/%00", "/help/PRIVACY", "/help/privacy/", "/help//", "/help/"],
)  # fmt: skip
def test_any_other_name_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_a_page_only_answers_to_reading(client):
    assert client.post("/help/privacy").status_code == 405


@pytest.mark.parametrize(
    ("stem", "words"),
    [
        ("if-you-are-being-pressured", ["0808 2000 247", "999", "55", "data-leave", "bbc.co.uk"]),
        ("contact", ["111", "999"]),
        ("gp-record-in-person", ["photo", "name and address", "vouch", "2 years"]),
        ("children-and-young-people", ["Under 13", "13 to 15", "16 and over", "letter"]),
        ("new-and-older-entries", ["prospective access", "28 working days"]),
        ("get-your-medical-records", ["subject access request", "free", "one calendar month"]),
        ("cookies", [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "12 hours"]),
        ("accessibility", ["version 2.2", "partially compliant", "equalityadvisoryservice.com"]),
        ("privacy", ["controller", "ico.org.uk", "10 years"]),
    ],
)
def test_what_must_not_be_lost_when_a_page_is_edited(client, stem, words):
    html = main_of(shown(client, stem))
    assert [word for word in words if word not in html] == []


def test_no_other_cookie_is_set(client, patient_user):
    for path in ("/", "/help/privacy", "/sign-in", "/create-account"):
        client.get(path)
    sign_in(client, patient_user).get("/")
    assert set(client.cookies) == {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    assert settings.MESSAGE_STORAGE.endswith(".SessionStorage")


def test_whoever_has_both_factors_finds_their_account(client, patient_user):
    assert 'href="/account"' not in client.get("/help").content.decode()
    client.force_login(patient_user, backend="django.contrib.auth.backends.ModelBackend")
    assert 'href="/account"' not in client.get("/help").content.decode()
    assert 'href="/account"' in sign_in(client, patient_user).get("/help").content.decode()


def test_the_terms_are_those_that_people_agree_to():
    assert pages()["terms"].version == TERMS_VERSION


def test_the_short_forms_are_many_and_each_stands_once_in_its_table():
    rows = [
        line.split("|")[1].strip()
        for line in (FOLDER / "abbreviations.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "Short form" not in line
    ]
    assert len(rows) >= 60
    assert len(rows) == len(set(rows))


def test_every_page_leads_to_help_and_to_what_the_law_asks_for(client):
    for path in ("/", "/help/privacy", "/sign-in", "/nothing"):
        html = client.get(path).content.decode()
        for name in ("help", "help/privacy", "help/cookies", "help/accessibility", "help/contact"):
            assert f'href="/{name}"' in html, path
        assert 'href="/help/terms"' in html


def test_the_front_page_leads_to_the_pages_that_ask_to_be_there(client):
    cards = front_page_cards()
    assert [page.front_page for page in cards] == list(range(1, len(cards) + 1))
    html = client.get("/").content.decode()
    assert all(f'href="{page.address}"' in html for page in cards)


def write(folder, name="index", text="## A part\n\nWords.", **fields):
    fields = {
        "title": "A page",
        "description": "What it says.",
        "created": "2026-11-22",
        "reviewed": "2026-11-23",
    } | fields
    lines = [f"{key}: {value}" for key, value in fields.items() if value is not None]
    (folder / f"{name}.md").write_text("\n".join(["---", *lines, "---", text]), encoding="utf-8")


def one_page(folder, *, contact="", **page):
    write(folder, **page)
    return load_pages(folder, contact=contact)[""]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"title": None}, '"title" is missing'),
        ({"description": ""}, '"description" is missing'),
        ({"created": None}, '"created" is missing'),
        ({"reviewed": None}, '"reviewed" is missing'),
        ({"reviewed": "yesterday"}, 'must be a date such as 2026-11-23, not "yesterday"'),
        ({"created": "2026-02-30"}, 'must be a date such as 2026-11-23, not "2026-02-30"'),
        ({"reviewed": "2026-11-21"}, '"reviewed" is before "created"'),
        ({"author": "me"}, 'there is no field "author"'),
        ({"front_page": "first"}, '"front_page" must be a whole number, not "first"'),
        ({"front_page": "²"}, '"front_page" must be a whole number'),
        ({"leave_button": "oui"}, '"leave_button" must be yes or no, not "oui"'),
        ({"text": "# Again"}, '"Again" must begin with ## or ###'),
        ({"text": "## Same\n\n## Same"}, "two headings are the same: same"),
        ({"text": "::: do Keep safe\n- sign out"}, "a block is not closed"),
        ({"text": "::: note\n::: note\n:::\n:::"}, "stands where a block is still open"),
        ({"text": ":::"}, "stands where a block could only begin"),
        ({"text": "::: wow Look\n:::"}, 'there is no block "wow"'),
        ({"text": "::: do\n- sign out\n:::"}, 'the block "do" needs a heading'),
        ({"text": "[x](nothing.md)"}, 'the link "nothing.md" leads nowhere'),
        ({"text": "[x](index.md#nothing)"}, 'the link "index.md#nothing" leads nowhere'),
        ({"text": "[x](#nothing)"}, 'the link "#nothing" leads nowhere'),
        ({"text": "[x](http://example.test)"}, 'the link "http://example.test" should be'),
        ({"text": "[x](../README.md)"}, 'the link "../README.md" should be'),
        ({"text": "![x](x.png)"}, "pages have no pictures"),
    ],
)  # fmt: skip
def test_a_broken_page_is_refused_and_the_file_named(tmp_path, written, problem):
    with pytest.raises(BrokenContent) as broken:
        one_page(tmp_path, **written)
    assert str(broken.value).startswith(f"{tmp_path.name}/index.md: ")
    assert problem in str(broken.value)


@pytest.mark.parametrize(
    "text", ["", "no fields", "---\ntitle: x\n", "---\ntitle\n---\n", "---\na: 1\na: 2\n---\n"]
)
def test_a_file_without_its_fields_is_refused(tmp_path, text):
    (tmp_path / "index.md").write_text(text)
    with pytest.raises(BrokenContent, match=r"index\.md: "):
        load_pages(tmp_path)


def test_every_broken_page_is_named_at_once(tmp_path):
    write(tmp_path)
    write(tmp_path, "one", created="never")
    write(tmp_path, "two", text="::: wow\n:::")
    with pytest.raises(BrokenContent) as broken:
        load_pages(tmp_path)
    assert [problem.split("/")[1].split(":")[0] for problem in broken.value.problems] == [
        "one.md",
        "two.md",
    ]


@pytest.mark.parametrize("within", ["nothing.md", "one.md"])
def test_the_page_above_must_be_there_and_lead_up(tmp_path, within):
    write(tmp_path)
    write(tmp_path, "one", within=within)
    with pytest.raises(BrokenContent, match=r'one\.md: .*"within"'):
        load_pages(tmp_path)


def test_there_must_be_a_first_page(tmp_path):
    with pytest.raises(BrokenContent, match=r"index\.md: is missing"):
        load_pages(tmp_path)


def test_the_check_of_the_project_finds_a_broken_page(tmp_path, monkeypatch):
    assert guidance.check_content() == []
    write(tmp_path, title=None)
    monkeypatch.setattr(guidance, "pages", lambda: load_pages(tmp_path))
    [error] = guidance.check_content()
    assert "index.md" in error.msg


def test_a_file_from_another_editor_is_read(tmp_path):
    write(tmp_path)
    file = tmp_path / "index.md"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert load_pages(tmp_path)[""].title == "A page"


def test_whoever_runs_the_portal_can_be_contacted(tmp_path):
    text = "Contact {contact}."
    assert "Contact your GP surgery." in one_page(tmp_path, text=text).html
    contact = "[the help desk](mailto:help@example.test)"
    page = one_page(tmp_path, text=text, contact=contact)
    assert 'Contact <a href="mailto:help@example.test">the help desk</a>.' in page.html


def as_html(text):
    return render(text, address_of=lambda link: link).html


def test_html_and_scripts_stay_words():
    html = as_html('<script>alert(1)</script>\n\n::: do <b>Bold</b>\n- <i>x</i>\n:::\n\n"&')
    assert not re.search(r"<(script|b|i)>", html)
    assert "&lt;b&gt;Bold" in html
    assert "javascript" not in re.sub(r"<p>.*?</p>", "", as_html("[x](javascript:alert(1))"))


def test_words_get_the_look_of_the_design_system():
    html = as_html("## Part\n\n- one\n\n1. two\n\n| a | b |\n|---|---|\n| c | d |")
    for part in (
        '<h2 class="nhsuk-heading-m" id="part">',
        '<ul class="nhsuk-list nhsuk-list--bullet">',
        '<ol class="nhsuk-list nhsuk-list--number">',
        '<table class="nhsuk-table">',
        'scope="col"',
    ):
        assert part in html


@pytest.mark.parametrize("kind", ["do", "dont", "important", "advice", "urgent", "emergency"])
def test_a_card_has_its_heading(kind):
    html = as_html(f"::: {kind} Heading\n- one\n:::\n\n- two")
    assert "Heading</h2>" in html
    assert html.count("<div") == html.count("</div>")
    assert html.count("<svg") == (kind in {"do", "dont"})
    assert 'nhsuk-list--bullet">\n<li>two' in html


def test_a_note_is_set_apart():
    html = as_html("::: note\nWords\n:::")
    assert "nhsuk-inset-text" in html
    assert html.count("<div") == html.count("</div>") == 1


def test_an_unknown_block_is_not_silently_words():
    with pytest.raises(BadMarkdown):
        as_html("words\n\n:::nothing Heading\nwords\n:::")
