"""Where the content of attachments lies, as the environment says."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.document_store import document_storage, most_bytes

VAR = Path("/made/up")


def test_without_a_word_it_is_a_private_folder(monkeypatch):
    monkeypatch.delenv("PORTAL_DOCUMENT_STORAGE", raising=False)
    monkeypatch.delenv("PORTAL_DOCUMENT_FOLDER", raising=False)
    options = document_storage(VAR)["OPTIONS"]
    assert options["location"] == VAR / "documents"
    assert (options["file_permissions_mode"], options["directory_permissions_mode"]) == (
        0o600,
        0o700,
    )
    monkeypatch.setenv("PORTAL_DOCUMENT_FOLDER", "/elsewhere")
    assert document_storage(VAR)["OPTIONS"]["location"] == "/elsewhere"


def test_a_host_names_its_own_store(monkeypatch):
    monkeypatch.setenv("PORTAL_DOCUMENT_STORAGE", '{"BACKEND": "a.B", "OPTIONS": {"c": 1}}')
    assert document_storage(VAR) == {"BACKEND": "a.B", "OPTIONS": {"c": 1}}


@pytest.mark.parametrize("given", ["s3://bucket", "[]", "{}", '{"BACKEND": 1}', '"a.B"'])
def test_a_store_that_cannot_be_is_refused_in_one_line(monkeypatch, given):
    monkeypatch.setenv("PORTAL_DOCUMENT_STORAGE", given)
    with pytest.raises(ImproperlyConfigured, match="is JSON such as"):
        document_storage(VAR)


@pytest.mark.parametrize(("given", "most"), [("", 5242880), ("10", 10485760), ("0.5", 524288)])
def test_the_most_of_one_attachment(monkeypatch, given, most):
    monkeypatch.setenv("PORTAL_DOCUMENT_MB", given)
    assert most_bytes() == most


@pytest.mark.parametrize("given", ["five", "0", "-1", "inf", "nan"])
def test_what_is_no_such_number_is_refused(monkeypatch, given):
    monkeypatch.setenv("PORTAL_DOCUMENT_MB", given)
    with pytest.raises(ImproperlyConfigured, match="number of megabytes"):
        most_bytes()
