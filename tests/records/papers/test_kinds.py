"""What a file is by its content, and what may be done with it: nothing is believed of what the source says (R6.9)."""

import json
from base64 import b64decode

import pytest
from PIL import Image

from records.papers import kinds
from records.papers.kinds import ALL, KINDS, Handling, contradicts, handling_of, kind_of
from tests.records.papers.files import (
    EXE,
    HTML,
    MACRO_TYPES,
    PDF,
    RTF,
    SVG,
    TEXT,
    XML,
    compound,
    office,
    picture,
    zipped_as,
)

SCRIPTS = [
    b"<html><script>alert(1)</script></html>",
    b"<html><SCRIPT src=//x></html>",
    b'<html><body onload = "x()"></body></html>',
    b'<html><a href="javascript:x()">x</a></html>',
    b'<html><meta http-equiv="refresh" content="0;url=//x"></html>',
    b'<html><iframe src="//x"></iframe></html>',
    b'<html><form action="//x"></form></html>',
    b"<svg><svg:script>x</svg:script></svg>",
    b"<svg><foreignObject/></svg>",
    b'<?xml version="1.0"?><?xml-stylesheet href="//x"?><a/>',
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
]
NEVER_HANDED_OUT = {
    "a program for Windows": EXE,
    "a program for Linux": b"\x7fELF\x02\x01\x01",
    "a script": b"#!/bin/sh\nrm -r /\n",
    "a shortcut": b"L\x00\x00\x00\x01\x14\x02\x00\x00",
    "an Excel add-in, as in real extracts": office("xl/workbook.xml", MACRO_TYPES),
    "a document with macros": office(**{"word/vbaProject.bin": b"x"}),
    "a document with an ActiveX control": office(**{"word/activeX/activeX1.bin": b"x"}),
    "a document with another one in it": office(**{"word/embeddings/oleObject1.bin": b"x"}),
    "an old document with macros": compound("WordDocument", "Macros", "VBA"),
    "an old installer": compound("Something"),
    "rich text with a thing in it": rb"{\rtf1{\object\objemb{\*\objdata 00}}}",
    "an archive": zipped_as({"letter.pdf": PDF}),
    "an archive with a program": zipped_as({"letter.exe": EXE}),
    "half an archive": zipped_as({"letter.pdf": PDF})[:30],
    "a picture that cannot be drawn": picture()[:40],
    "half a photograph": picture("JPEG", (64, 64))[:300],
    "nothing known": bytes(range(256)),
    "text with a control character": b"\x1b[2JDear Zoe",
    "nothing but spaces": b" \n",
    **{f"a page that runs something {n}": script for n, script in enumerate(SCRIPTS)},
}
SEEN = {
    "pdf": PDF,
    "png": picture("PNG"),
    "jpeg": picture("JPEG"),
    "text": TEXT,
}
HANDED_OUT = {
    "old-text": "Dear Zoë, \x93knee\x94".encode("latin-1"),
    "gif": picture("GIF"),
    "bmp": picture("BMP"),
    "tiff": picture("TIFF"),
    "rtf": RTF,
    "doc": compound("WordDocument"),
    "xls": compound("Workbook"),
    "ppt": compound("PowerPoint Document"),
    "docx": office(),
    "xlsx": office("xl/workbook.xml"),
    "pptx": office("ppt/presentation.xml"),
    "odt": zipped_as({"mimetype": b"application/vnd.oasis.opendocument.text"}),
    "html": HTML,
    "svg": SVG,
    "xml": XML,
    "dicom": b"\0" * 128 + b"DICM",
    "wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "au": b".snd\0\0\0\x18",
    "mp3": b"ID3\x03\0\0\0\0\0\0",
    "mpeg": b"\x00\x00\x01\xba\x44",
    "mp4": b"\0\0\0\x18ftypmp42",
}


@pytest.mark.parametrize(("code", "content"), SEEN.items())
def test_what_a_browser_may_show(code, content):
    kind = kind_of(content)
    assert (kind.code, kind.handling) == (code, Handling.OPEN)


def test_nothing_else_is_ever_shown():
    assert {kind.code for kind in ALL if kind.handling is Handling.OPEN} == set(SEEN)
    shown = {kind.media_type for kind in ALL if kind.handling is Handling.OPEN}
    assert shown == {"application/pdf", "image/png", "image/jpeg", "text/plain; charset=utf-8"}


@pytest.mark.parametrize(("code", "content"), HANDED_OUT.items())
def test_what_can_be_had_as_a_file(code, content):
    kind = kind_of(content)
    assert (kind.code, kind.handling) == (code, Handling.DOWNLOAD)


@pytest.mark.parametrize("content", NEVER_HANDED_OUT.values(), ids=NEVER_HANDED_OUT)
def test_what_nobody_is_handed(content):
    """A portal for patients hands out nothing that runs, and nothing that it cannot name."""
    assert kind_of(content).handling is Handling.ASK


@pytest.mark.parametrize(
    "words",
    ["MZ twins, scan at 12 weeks", "BMI 27", "PKU screening: normal", "ID3 seen", "<5 mmol"],
)
def test_words_are_not_taken_for_a_file_that_begins_like_them(words):
    assert kind_of(words.encode()).code == "text"


def test_a_pdf_begins_as_one():
    assert kind_of(b"\n" + PDF).code == "text"
    assert kind_of(b"\x00\x01" + PDF).handling is Handling.ASK


def test_text_in_other_letters_is_had_as_a_file():
    assert kind_of("Dear Zoë".encode("utf-16")).code == "old-text"


def test_a_picture_of_too_many_points_is_not_shown(monkeypatch):
    """A small file can unpack to any number of points."""
    monkeypatch.setattr(kinds, "LARGEST_PICTURE", 63)
    assert kind_of(picture()).handling is Handling.DOWNLOAD
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)
    assert kind_of(picture()).handling is not Handling.OPEN


@pytest.mark.parametrize(
    ("claimed", "code", "is_odd"),
    [
        ("application/pdf", "pdf", False),
        ("Application/PDF; version=1.4", "pdf", False),
        ("", "pdf", False),
        ("application/octet-stream", "pdf", False),
        ("something/new", "pdf", False),
        ("application/pdf", "png", True),
        ("text/plain", "pdf", True),
        ("text/csv", "text", False),
        ("text/csv", "pdf", True),
        ("text/html", "text", True),
        ("image/jpg", "jpeg", False),
        ("image/tiff", "pdf", True),
        ("application/msword", "rtf", False),
    ],
)
def test_what_contradicts_what_the_source_says(claimed, code, is_odd):
    """What is not what it is called can be had as a file, and is not shown."""
    kind = KINDS[code]
    assert contradicts(claimed, kind) is is_odd
    is_open = kind.handling is Handling.OPEN and not is_odd
    assert (handling_of(kind, claimed) is Handling.OPEN) is is_open


def test_what_is_not_handed_out_is_not_whatever_it_is_called():
    assert handling_of(KINDS["program"], "application/pdf") is Handling.ASK


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("binary_application-pdf", "pdf"),
        ("binary_image-png", "png"),
        ("binary_text-html", "html"),
        ("binary_text-plain", "text"),
    ],
)
def test_real_attachments_are_what_they_say(shared, file, code):
    path = shared / "gpc-structured-gp2gp" / "documents" / f"{file}.json"
    binary = json.loads(path.read_text())
    kind = kind_of(b64decode(binary["content"]))
    assert kind.code == code
    assert not contradicts(binary["contentType"], kind)


@pytest.mark.parametrize(
    "content",
    [
        b"<html><a href='java&#115;cript:x()'>a</a>",
        b"<html><a href='java\tscript:x()'>a</a>",
        b"<svg><a-b:script xmlns:a-b='http://www.w3.org/2000/svg'>x</a-b:script>",
        b"<html><meta http-equiv = 'refresh' content='0'>",
        b"<html><style>@import 'http://elsewhere.example/x'</style>",
        b"{\\rtf1 {\\*\\template http://elsewhere.example/x}}",
        b"{\\rtf1 {\\field DDEAUTO c:\\\\x}}",
    ],
)
def test_what_runs_in_another_spelling_is_not_handed_out(content):
    assert kind_of(content).code == "program"


def test_no_content_holds_up_a_load():
    """Each part of what is looked for takes a time that grows with the length alone: quadratic, this takes hours."""
    for piece in (b"<meta", b"http-equiv= ", b"on", b"< ", b"a\xcc\x81\xcc\xa7"):
        kind_of(b"<html>" + piece * (300_000 // len(piece)))
