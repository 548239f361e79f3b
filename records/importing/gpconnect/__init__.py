"""The reader of GP Connect Access Record Structured."""

from records.importing.gpconnect.reader import read, read_body

__all__ = ["read", "read_body"]
