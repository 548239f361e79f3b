"""What stands in the documents of made-up people: a letter as PDF or text, and a picture, made when the demo is."""

import textwrap
from io import BytesIO

from PIL import Image, ImageDraw

from portal.demo.roles import Person

PAGE = (595, 842)
"""A4 in points."""
LEFT, TOP, LINE, WIDTH = 72, 770, 18, 78


def letter_about(person: Person, title: str, words: str) -> str:
    """A letter to the surgery about somebody who does not exist."""
    lines = [
        "Sampleford Hospital (made up for a demonstration)",
        "",
        title,
        f"About: {person.full_name}",
        "",
        "Dear colleague,",
        "",
        *textwrap.wrap(words, WIDTH),
        "",
        "Nobody in this letter exists.",
    ]
    return "\n".join(lines) + "\n"


def as_pdf(words: str, *, title: str) -> bytes:
    """One page of words as a PDF, in letters that every viewer has; no words but those of Western Europe."""
    shown = "\n".join(f"{_string(line)} Tj T*" for line in words.splitlines())
    page = f"BT /F1 12 Tf {LINE} TL {LEFT} {TOP} Td\n{shown}\nET"
    width, height = PAGE
    objects = [
        "<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) /ViewerPreferences << /DisplayDocTitle true >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(page.encode('cp1252'))} >>\nstream\n{page}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title {_string(title)} >>",
    ]
    return _file([each.encode("cp1252") for each in objects])


def _string(words: str) -> str:
    for letter in "\\()":
        words = words.replace(letter, f"\\{letter}")
    return f"({words})"


def _file(objects: list[bytes]) -> bytes:
    """The objects with the table that says where each begins."""
    made, places = bytearray(b"%PDF-1.7\n"), []
    for number, each in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, len(objects))
    return bytes(made + b"startxref\n%d\n%%%%EOF\n" % table)


def picture() -> bytes:
    """A drawing that stands for a photograph of skin."""
    drawn = Image.new("RGB", (480, 360), "#e8c4a8")
    ImageDraw.Draw(drawn).ellipse((210, 150, 270, 200), fill="#7a4a30")
    file = BytesIO()
    drawn.save(file, "JPEG", quality=80)
    return file.getvalue()
