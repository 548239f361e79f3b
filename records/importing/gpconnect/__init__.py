"""The reader of GP Connect Access Record Structured."""

from records.importing.gpconnect.reader import read

__all__ = ["read"]
