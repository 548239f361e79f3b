"""Replacing the key, and files that belong to nothing."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.files.storage import FileSystemStorage, storages
from django.core.management import CommandError, call_command
from django.utils import timezone
from time_machine import travel

from audit.row_security import rows_of
from records.importing.extract import ExtractedFile
from records.importing.store import store
from records.models import Paper
from records.papers.keeping import Unreadable, path_of, read, shelf, write
from records.papers.sweeping import missing, orphans, sweep
from tests.records.importing.extracts import attachment, entry, extract
from tests.records.papers.files import PDF, TEXT
from tests.records.papers.made import kept_names, make_paper, spoil

pytestmark = pytest.mark.django_db
IN_TWO_DAYS = timedelta(days=2)


def paper_of(patient):
    with rows_of(patient.pk):
        return Paper.objects.get()


def test_the_key_can_be_replaced_and_the_old_one_thrown_away(
    patient, other_patient, settings, capsys
):
    papers = [make_paper(patient), make_paper(other_patient)]
    before, old = kept_names(), settings.PORTAL_ENCRYPTION_KEYS[0]
    new = Fernet.generate_key().decode()
    settings.PORTAL_ENCRYPTION_KEYS = [new, old]
    assert read(papers[0]) == PDF
    for number in (2, 0):
        call_command("rotate_encryption")
        assert f"{number} attachments" in capsys.readouterr().out
    settings.PORTAL_ENCRYPTION_KEYS = [new]
    assert read(paper_of(patient)) == read(paper_of(other_patient)) == PDF
    assert paper_of(patient).id == papers[0].id
    with travel(timezone.now() + IN_TWO_DAYS):
        call_command("sweep_documents", "--delete")
    assert kept_names() == {paper_of(patient).name, paper_of(other_patient).name}
    assert not kept_names() & before


def test_a_content_under_an_older_key_is_not_kept_twice(patient, settings):
    """Between the new key and the rotation an extract may bring the same again."""
    make_paper(patient)
    settings.PORTAL_ENCRYPTION_KEYS = [
        Fernet.generate_key().decode(),
        *settings.PORTAL_ENCRYPTION_KEYS,
    ]
    documents = (attachment(file=ExtractedFile(PDF)),)
    letter = entry(section="documents", kind="document", documents=documents)
    store(extract(letter, sections=["documents"]), patient, by=None, now=timezone.now())
    assert len(kept_names()) == 1


def test_one_that_cannot_be_read_stops_no_other_and_is_said(patient, other_patient, settings):
    make_paper(patient)
    shelf().delete(path_of(paper_of(patient).name))
    lost, kept = paper_of(patient), make_paper(other_patient)
    old = settings.PORTAL_ENCRYPTION_KEYS
    settings.PORTAL_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *old]
    with pytest.raises(CommandError, match="1 attachments cannot be read"):
        call_command("rotate_encryption")
    assert paper_of(patient).name == lost.name
    assert paper_of(other_patient).name != kept.name


def test_a_content_that_no_key_reads_is_unreadable(patient, settings):
    paper = make_paper(patient)
    spoil(paper, b"gAAAAA")
    with pytest.raises(Unreadable, match="no key"):
        read(paper)


def test_files_that_belong_to_nothing_are_found_and_deleted_only_when_asked(patient, capsys):
    held = make_paper(patient)
    write("ab" * 32, TEXT, is_new=True)
    call_command("sweep_documents", "--delete")
    assert "0 files" in capsys.readouterr().out  # it may be of an import that goes on
    with travel(timezone.now() + IN_TWO_DAYS):
        call_command("sweep_documents")
        assert "1 files that belong to nothing found" in capsys.readouterr().out
        assert len(kept_names()) == 2
        call_command("sweep_documents", "--delete")
    assert "1 files that belong to nothing deleted" in capsys.readouterr().out
    assert kept_names() == {held.name}


def test_one_that_an_import_brings_back_meanwhile_stays(patient):
    write("ab" * 32, TEXT, is_new=True)
    later = timezone.now() + IN_TWO_DAYS
    with travel(later, tick=False):
        found = orphans(now=later)
        write("ab" * 32, TEXT, is_new=True)
        assert found == ["ab" * 32]
        assert sweep(found, now=later) == 0
    assert kept_names() == {"ab" * 32}


def test_what_is_missing_is_named_and_ends_with_1(patient, capsys):
    paper = make_paper(patient)
    shelf().delete(path_of(paper.name))
    with pytest.raises(SystemExit) as ended:
        call_command("sweep_documents")
    assert ended.value.code == 1
    assert f"missing: {paper.name}" in capsys.readouterr().out


def test_a_file_that_was_cut_short_is_named_as_missing_too(patient, capsys):
    """R6.9: it is there, and nobody can open it; so is one that grew."""
    paper = make_paper(patient)
    with shelf().open(path_of(paper.name)) as file:
        whole = file.read()
    for content in (whole[:-1], b"", whole + b"x"):
        spoil(paper, content)
        assert missing() == [paper.name]
    with pytest.raises(SystemExit) as ended:
        call_command("sweep_documents")
    assert ended.value.code == 1
    assert f"missing: {paper.name}" in capsys.readouterr().out
    spoil(paper, whole)
    assert missing() == []


def test_it_all_works_on_a_disk(patient, tmp_path, monkeypatch, capsys):
    """As it is unless a host says otherwise: files that nobody else on the machine can read."""
    disk = FileSystemStorage(
        tmp_path / "none yet", file_permissions_mode=0o600, directory_permissions_mode=0o700
    )
    monkeypatch.setitem(storages._storages, "documents", disk)
    call_command("sweep_documents")
    paper = make_paper(patient)
    file = tmp_path / "none yet" / path_of(paper.name)
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert oct(file.parent.stat().st_mode)[-3:] == "700"
    assert read(paper) == PDF
    assert write(paper.name, PDF, is_new=True)
    assert read(paper) == PDF
    write("cd" * 32, TEXT, is_new=True)
    with travel(timezone.now() + IN_TWO_DAYS):
        call_command("sweep_documents", "--delete")
    assert "1 files that belong to nothing deleted" in capsys.readouterr().out
    assert read(paper) == PDF
