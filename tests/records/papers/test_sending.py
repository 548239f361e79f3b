"""The answer that holds a file: its headers, and a name that comes from the record and cannot do harm (R7.7)."""

import pytest

from records.papers.kinds import ALL, KINDS, Handling
from records.papers.sending import file_response, file_stem


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.code)
@pytest.mark.parametrize("is_shown", [True, False])
def test_no_kind_runs_anything(kind, is_shown):
    response = file_response(b"abc", kind, title="A letter", is_shown=is_shown)
    assert response["X-Content-Type-Options"] == "nosniff"
    policy = response["Content-Security-Policy"].split("; ")
    assert policy[:2] == ["sandbox", "default-src 'none'"]
    assert set(policy[2:]) <= {"style-src 'unsafe-inline'"}
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cache-Control"].startswith("no-store")
    assert response["Content-Length"] == "3"
    is_inline = response["Content-Disposition"].startswith("inline;")
    assert is_inline == (is_shown and kind.handling is Handling.OPEN)


@pytest.mark.parametrize("code", ["html", "svg", "xml", "unknown", "program"])
def test_what_a_browser_would_run_is_not_even_called_so(code):
    assert file_response(b"", KINDS[code], title="", is_shown=False)["Content-Type"] == (
        "application/octet-stream"
    )


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Clinic letter", "Clinic letter"),
        ("../../etc/passwd", "etc passwd"),
        ("C:\\Windows\\win.ini", "C Windows win ini"),
        ("letter.pdf.exe", "letter pdf exe"),
        ('a"; filename="b.exe', "a filename b exe"),
        ("one\r\nSet-Cookie: x=1", "one Set-Cookie x 1"),
        ("\u202egnp.exe", "gnp exe"),
        ("a\x00b", "a b"),
        ("Łukasz’s letter", "Łukasz s letter"),
        ("प्रिया", "प्रिया"),
        ("", "document"),
        ("...", "document"),
        ("CON", "document"),
        ("x" * 300, "x" * 80),
    ],
)
def test_the_name_of_a_file(title, stem):
    assert file_stem(title) == stem


def test_a_name_in_other_letters_is_sent_as_the_standard_says():
    """RFC 6266"""
    response = file_response(b"", KINDS["pdf"], title="Brief für Zoë", is_shown=False)
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''Brief%20f%C3%BCr%20Zo%C3%AB.pdf"
    )
    named = file_response(b"", KINDS["pdf"], title="Letter.PDF", is_shown=False)
    assert named["Content-Disposition"] == 'attachment; filename="Letter.pdf"'
    plain = file_response(b"", KINDS["pdf"], title="Clinic letter", is_shown=True)
    assert plain["Content-Disposition"] == 'inline; filename="Clinic letter.pdf"'
