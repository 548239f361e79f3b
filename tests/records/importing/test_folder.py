"""The watched folder: every file ends once, whole, in done/ or in refused/ with the reason beside it."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from audit.row_security import rows_of
from records.importing import folder as folders
from records.importing import load
from records.importing.folder import Folder
from records.importing.load import Loaded, Loading
from records.management.commands import watch_folder
from records.models import Entry
from tests.cast import make_patient
from tests.records.supplier.conftest import QUILLA, bundle

pytestmark = pytest.mark.django_db


@pytest.fixture
def quilla(surgery):
    return make_patient(surgery, **QUILLA)


def look(tmp_path, **options):
    call_command("watch_folder", tmp_path, surgery="Z99001", once=True, settled=0, **options)


def lie(tmp_path):
    """Every file below the folder, by its path from there."""
    return sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())


def test_a_file_is_loaded_and_laid_aside(tmp_path, quilla):
    (tmp_path / "a record.json").write_bytes(bundle())
    look(tmp_path)
    assert lie(tmp_path) == ["done/a record.json"]
    with rows_of(quilla.pk):
        assert Entry.objects.of(quilla).count() == 1


def test_a_refused_file_has_the_reason_beside_it(tmp_path, surgery):
    (tmp_path / "stranger.json").write_bytes(bundle())
    (tmp_path / "half.json").write_bytes(bundle()[:100])
    look(tmp_path)
    assert lie(tmp_path) == [
        "refused/half.json", "refused/half.json.reason.txt",
        "refused/stranger.json", "refused/stranger.json.reason.txt",
    ]  # fmt: skip
    reasons = tmp_path / "refused"
    assert "not complete JSON" in (reasons / "half.json.reason.txt").read_text()
    assert "nobody on the surgery's list" in (reasons / "stranger.json.reason.txt").read_text()


def test_the_same_name_again_writes_over_nothing(tmp_path, quilla):
    for display in ("Asthma", "Gout", "Acne"):
        (tmp_path / "a.json").write_bytes(bundle(display=display))
        look(tmp_path)
    names = lie(tmp_path)
    assert len(names) == 3
    assert len({(tmp_path / name).read_bytes() for name in names}) == 3


def test_what_is_not_whole_or_not_a_file_stays(tmp_path, quilla):
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere.json"
    elsewhere.write_bytes(bundle())
    (tmp_path / "link.json").symlink_to(elsewhere)
    (tmp_path / ".hidden.json").write_bytes(bundle())
    (tmp_path / "a.json.part").write_bytes(bundle())
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.json").write_bytes(bundle())
    before = lie(tmp_path)
    look(tmp_path)
    assert lie(tmp_path) == before
    with rows_of(quilla.pk):
        assert not Entry.objects.of(quilla).exists()


def test_a_file_that_is_being_written_to_waits(tmp_path, quilla):
    (tmp_path / "a.json").write_bytes(bundle())
    call_command("watch_folder", tmp_path, surgery="Z99001", once=True, settled=60)
    assert lie(tmp_path) == ["a.json"]
    os.utime(tmp_path / "a.json", (0, 0))
    call_command("watch_folder", tmp_path, surgery="Z99001", once=True, settled=60)
    assert lie(tmp_path) == ["done/a.json"]


def test_what_a_dead_process_left_is_loaded(tmp_path, quilla):
    Folder(tmp_path).prepare()
    (tmp_path / "working" / "a.json").write_bytes(bundle())
    look(tmp_path)
    assert lie(tmp_path) == ["done/a.json"]


def test_what_another_process_works_on_is_left_to_it(tmp_path, quilla):
    Folder(tmp_path).prepare()
    claimed = tmp_path / "working" / "a.json"
    claimed.write_bytes(bundle())
    with claimed.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        look(tmp_path)
        assert lie(tmp_path) == ["working/a.json"]
    look(tmp_path)
    assert lie(tmp_path) == ["done/a.json"]


def test_a_file_waits_while_the_database_is_away(tmp_path, quilla, monkeypatch):
    def away(*_, **__):
        raise OperationalError("the connection is closed")

    (tmp_path / "a.json").write_bytes(bundle())
    with monkeypatch.context() as patched:
        patched.setattr(load, "match", away)
        look(tmp_path)
    assert lie(tmp_path) == ["working/a.json"]
    look(tmp_path)
    assert lie(tmp_path) == ["done/a.json"]


def test_a_long_name_and_a_file_that_fails_stop_nobody_behind_them(tmp_path, quilla, monkeypatch):
    (tmp_path / ("é" * 122 + ".json")).write_bytes(b"{")
    (tmp_path / "b.json").write_bytes(bundle())
    look(tmp_path)
    assert len(lie(tmp_path)) == 3
    assert "done/b.json" in lie(tmp_path)
    (tmp_path / "c.json").write_bytes(bundle())
    (tmp_path / "d.json").write_bytes(bundle(display="Gout"))
    os.utime(tmp_path / "c.json", (0, 0))

    def fails_first(path, how, *, now):
        if path.name == "c.json":
            raise KeyError
        return load.load_file(path, how, now=now)

    monkeypatch.setattr(folders, "load_file", fails_first)
    look(tmp_path)
    assert {"working/c.json", "done/d.json"} <= set(lie(tmp_path))


def test_two_that_watch_load_each_file_once(tmp_path, monkeypatch, surgery):
    folder, loaded = Folder(tmp_path), []
    folder.prepare()
    for number in range(40):
        (tmp_path / f"{number}.json").write_text("{}")

    def taken(path, how, *, now):
        loaded.append(path.name)
        return Loaded(str(path), "loaded")

    monkeypatch.setattr(folders, "load_file", taken)
    paths = sorted(tmp_path.glob("*.json"))

    def watch():
        for path in paths:
            folders.load_next(path, folder, Loading(surgery), now=None)

    threads = [threading.Thread(target=watch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(loaded) == sorted(path.name for path in paths)
    assert len(lie(tmp_path)) == 40


@pytest.mark.parametrize("missing", ["folder", "surgery"])
def test_what_is_not_there_is_said(tmp_path, surgery, missing):
    where = tmp_path / "nowhere" if missing == "folder" else tmp_path
    ods = "Z00000" if missing == "surgery" else "Z99001"
    with pytest.raises(CommandError, match=r"Z00000|cannot be used"):
        call_command("watch_folder", where, surgery=ods, once=True)


def test_the_log_names_no_file(tmp_path, quilla, caplog):
    caplog.set_level("INFO", "portal.importing")
    (tmp_path / "9991000003 Madeup.json").write_bytes(bundle())
    look(tmp_path)
    assert "Madeup" not in caplog.text
    assert "9991000003" not in caplog.text


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """The name of a file that may not be opened: tests may run as a user who may read all there is."""
    names, really = {"9991000003 Madeup.json"}, os.open

    def opened(path, *how):
        if Path(path).name in names:
            raise PermissionError(13, "Permission denied", str(path))
        return really(path, *how)

    monkeypatch.setattr(folders.os, "open", opened)
    (tmp_path / "9991000003 Madeup.json").write_bytes(bundle())
    return names


def test_a_file_that_may_not_be_read_is_told_of_and_waits(tmp_path, quilla, locked, caplog):
    """It ends with 1, so that cron says so; the others are loaded, and it is too once it may be read."""
    (tmp_path / "b.json").write_bytes(bundle())
    with pytest.raises(CommandError, match="1 files wait: the user that runs this may not read"):
        look(tmp_path)
    assert lie(tmp_path) == ["9991000003 Madeup.json", "done/b.json"]
    assert "may not read" in caplog.text
    assert "Madeup" not in caplog.text
    locked.clear()
    look(tmp_path)
    assert lie(tmp_path) == ["done/9991000003 Madeup.json", "done/b.json"]


def test_it_is_told_of_once_however_often_the_folder_is_looked_at(
    tmp_path, surgery, locked, caplog
):
    command, stop = watch_folder.Command(), threading.Event()
    command.told = set()
    folder = Folder(tmp_path)
    folder.prepare()
    for _ in range(3):
        command.look(folder, Loading(surgery), 0, stop)
    assert caplog.text.count("may not read") == 1


def test_a_file_that_may_not_be_moved_is_told_of_too(tmp_path, quilla, monkeypatch):
    (tmp_path / "a.json").write_bytes(bundle())

    def denied(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "rename", denied)
    with pytest.raises(CommandError, match="1 files wait"):
        look(tmp_path)
    assert lie(tmp_path) == ["a.json"]


def test_it_ends_on_sigterm(tmp_path, settings):
    """In a process of its own, since a signal's handler belongs to the whole of one."""
    told = """
import os, signal, threading
import django
django.setup()
from records.management.commands import watch_folder
watch_folder.surgery_of = lambda ods: None
watch_folder.files_that_wait = lambda *_, **__: (os.kill(os.getpid(), signal.SIGTERM), [])[1]
from django.core.management import call_command
call_command("watch_folder", FOLDER, surgery="Z99001", every=60)
print("ended")
"""
    run = subprocess.run(
        [sys.executable, "-c", told.replace("FOLDER", repr(str(tmp_path)))],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (0, "ended\n"), run.stderr
