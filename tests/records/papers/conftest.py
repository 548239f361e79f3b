"""An empty place for files, for each test."""

import pytest
from django.core.files.storage import InMemoryStorage, storages


@pytest.fixture(autouse=True)
def files(monkeypatch):
    """Where attachments lie, in memory."""
    empty = InMemoryStorage()
    monkeypatch.setitem(storages._storages, "documents", empty)
    return empty
