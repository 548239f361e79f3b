"""Load whatever is put into a folder, for hosts that have only file transfer."""

import logging
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from records.importing.folder import Folder, MayNotBeRead, files_that_wait, load_next
from records.importing.load import Loading
from records.models import ImportedExtract
from surgeries.management.arguments import refusals_in_one_line, surgery_of

logger = logging.getLogger("portal.importing")
NOT_OURS = "the user that runs this may not read them, or not move them: give it the right to"


class Command(BaseCommand):
    """Watches a folder until it is told to stop."""

    help = (
        "Load each file that is put into a folder, for patients of one surgery. A loaded file goes to done/, a refused"
        " one to refused/ with the reason beside it. Ends with 0 on SIGTERM, after the file in hand."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder, the surgery, and how often to look."""
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--surgery", required=True, metavar="ODS")
        parser.add_argument(
            "--add-patients", action="store_true", help="put people on the surgery's list"
        )
        parser.add_argument("--every", type=float, default=5, metavar="SECONDS")
        parser.add_argument(
            "--settled", type=float, default=10, metavar="SECONDS",
            help="how long nobody may have written to a file before it is taken as whole",
        )  # fmt: skip
        parser.add_argument("--once", action="store_true", help="look once, as cron does")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, load, and look again."""
        with refusals_in_one_line():
            surgery = surgery_of(options["surgery"])
        folder = Folder(options["folder"])
        channel = ImportedExtract.Channel.FOLDER
        how = Loading(surgery, add_patients=options["add_patients"], channel=channel)
        self.told: set[tuple[int, int]] = set()
        stop = threading.Event()
        if not options["once"]:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        try:
            folder.prepare()
            while not stop.is_set():
                self.look(folder, how, options["settled"], stop)
                if options["once"]:
                    self.end()
                    return
                if stop.wait(options["every"]):
                    return
                close_old_connections()  # the database may have been restarted since
        except OSError as error:
            raise CommandError(f"The folder cannot be used: {error.strerror}") from error

    def end(self) -> None:
        """End as cron has to be told: with 1 where something lies there that nobody will load."""
        if self.told:
            raise CommandError(f"{len(self.told)} files wait: {NOT_OURS}")

    def look(self, folder: Folder, how: Loading, settled: float, stop: threading.Event) -> None:
        """Load what waits now. The log says how many, never the names of files, which may name a person."""
        for path in files_that_wait(folder, settled=settled, now=timezone.now()):
            if stop.is_set():
                return
            try:
                loaded = load_next(path, folder, how, now=timezone.now())
            except MayNotBeRead:
                self.tell_once(path)
                continue
            except Exception as error:
                # one file stops none of those behind it; never its words: they may be those of a record
                logger.error("a file of the watched folder waits: %s", type(error).__name__)
                continue
            if loaded:
                logger.info("a file of the watched folder was %s", loaded.outcome)

    def tell_once(self, path: Path) -> None:
        """Say of a file that it waits for a right, once however often it is looked at; by its number, not its name."""
        with suppress(FileNotFoundError):
            found = path.lstat()
            if (found.st_dev, found.st_ino) not in self.told:
                self.told.add((found.st_dev, found.st_ino))
                logger.error(
                    "a file of the watched folder (inode %s) waits: %s", found.st_ino, NOT_OURS
                )
