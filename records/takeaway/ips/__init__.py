"""A record as an International Patient Summary: a FHIR R4 document for other health systems (ADR 19)."""

from records.takeaway.ips.summary import summary_json, summary_of

__all__ = ["summary_json", "summary_of"]
