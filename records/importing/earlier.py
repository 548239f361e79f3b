"""How an extract stands to those that were loaded before it: the same again, or older than the one held (R7.3)."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from django.utils import timezone

from records.importing.extract import Extract
from records.models import ImportedExtract


@dataclass(frozen=True)
class Came:
    """From where an extract came, and why it is loaded although it is older than the one held, where it is."""

    file_name: str = ""
    channel: str = ImportedExtract.Channel.COMMAND
    forced_because: str = ""


UNSAID = Came()
LONGEST_NAME = 200


def file_name_of(path: str) -> str:
    """What a file is called, without the folders that it lies in and what no page can show."""
    name = "".join(each for each in Path(path).name if each.isprintable())
    return name[-LONGEST_NAME:]


class OlderExtract(Exception):
    """The extract was made before one that is held: loading it would take the record back in time."""


def allowed(extract: Extract, earlier: list[ImportedExtract], came: Came) -> Came:
    """How an extract that may be loaded came, without a reason that was not needed.

    Raises OlderExtract where it would take the record back in time and nobody said why that is right.
    """
    dated = [one.extracted_at for one in earlier if one.extracted_at]
    held = (
        dated[-1] if dated else None
    )  # what was loaded last, also where it was older than one before it
    if held is None or extract.extracted_at is None or extract.extracted_at >= held:
        return replace(came, forced_because="")
    if not came.forced_because:
        raise OlderExtract(
            f"it was made before the extract that is held ({timezone.localdate(held)}):"
            " load the newest one, or use --force-older and say why"
        )
    return came


def digest_of(extract: Extract) -> str:
    """What tells one extract from another: equal for the same content, in every process."""
    return hashlib.sha256(msgspec.json.encode(extract, order="deterministic")).hexdigest()
