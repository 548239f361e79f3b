"""Small files of each kind, made here."""

import zipfile
from io import BytesIO

from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n%%EOF\n"
TEXT = "Dear Zoë,\r\n\tyour knee is better.\n".encode()
RTF = rb"{\rtf1\ansi A letter.}"
HTML = (
    b'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><h1>Letter</h1></body></html>'
)
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>'
XML = b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>Letter</title></ClinicalDocument>'
EXE = b"MZ\x90\x00\x03" + b"\x00" * 60 + b"PE\x00\x00"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
WORD_TYPES = b'<Types><Override ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
MACRO_TYPES = (
    b'<Types><Override ContentType="application/vnd.ms-excel.addin.macroEnabled.main+xml"/></Types>'
)


def picture(form="PNG", size=(8, 8)):
    file = BytesIO()
    Image.new("RGB", size, "white").save(file, form)
    return file.getvalue()


def zipped(**files):
    """A ZIP file; underlines in names stand for slashes."""
    return zipped_as({name.replace("_", "/"): content for name, content in files.items()})


def zipped_as(files):
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def office(part="word/document.xml", types=WORD_TYPES, **more):
    return zipped_as({"[Content_Types].xml": types, part: b"<document/>"} | more)


def compound(*streams):
    """A document in the older Office format, as far as the names of its streams go."""
    return OLE + b"".join((name + "\0").encode("utf-16-le").ljust(128, b"\0") for name in streams)
