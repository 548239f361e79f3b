"""The reader of FHIR R4: bundles of UK Core, International Patient Summaries, Summary Care Records."""

from records.importing.r4.reader import read, read_body

__all__ = ["read", "read_body"]
