"""Builder of documents: letters and files, with or without an attachment."""

from base64 import b64encode
from typing import Unpack

from portal.demo.chart import Chart, Entered
from portal.demo.codes import Concept, as_concept
from portal.demo.fhir import NOPAT, Fields, Ref, link
from portal.demo.roles import SURGERY


def document(
    chart: Chart,
    what: Concept | str,
    *,
    title: str = "",
    content_type: str = "application/pdf",
    size: int = 48_000,
    absent: str = "",
    content_nopat: bool = False,
    file: bytes = b"",
    **entered: Unpack[Entered],
) -> Ref:
    """A letter or file; `absent` is the title that stands where there is no attachment (R6.9), `file` what is sent along."""
    id = chart.new_id("DocumentReference")
    link_to = {"contentType": content_type, "url": _address(id), "size": len(file) or size}
    if file:
        link_to["title"] = title
        sent = {"contentType": content_type, "content": b64encode(file).decode()}
        chart.put("Binary", sent, id=id)
    fields: Fields = {
        "status": "current",
        "type": as_concept(what),
        "subject": link(chart.patient),
        "created": str(entered.get("on", "")),
        "indexed": chart.recorded(entered),
        "author": [link(entered["by"])] if entered.get("by") else [],
        "securityLabel": [{"coding": [NOPAT]}] if content_nopat else [],
        "description": title,
        "content": [{"attachment": {"title": absent} if absent else link_to}],
    }
    return chart.put("DocumentReference", fields, id=id, nopat=entered.get("nopat", False))


def _address(id: str) -> str:
    """Where the supplier keeps the content."""
    return f"https://gpc.example.test/{SURGERY.ods_code}/STU3/1/gpconnect/documents/Binary/{id}"
