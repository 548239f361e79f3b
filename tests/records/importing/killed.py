"""A process of its own in which imports run and are killed: run as a program by test_killed.

Reads lines "milliseconds path"; for each it forks a process that runs `import_record`, and kills it with -9 when the time is
over, or lets it end where that is 0. Answers each line with how it ended and how long it ran.
"""

import os
import select
import signal
import sys
import time
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from records.management.commands import import_record  # noqa: E402, F401 - loaded before the clock runs


def run_import(path):
    """The command, as an operator runs it; ends the process."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            call_command("import_record", path, surgery="Z99001")
        except SystemExit as ended:
            os._exit(ended.code or 0)
        os._exit(0)


def kill_after(milliseconds, path):
    """How an import ended: "killed", or "ended" with its exit code; and its milliseconds."""
    began = time.monotonic()
    child = os.fork()
    if not child:
        run_import(path)
    ended = os.pidfd_open(child)
    over = select.select([ended], [], [], milliseconds / 1000 if milliseconds else None)
    if not over[0]:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(ended)
    took = int((time.monotonic() - began) * 1000)
    how = "killed" if os.WIFSIGNALED(status) else f"ended-{os.WEXITSTATUS(status)}"
    return f"{how} {took}"


if __name__ == "__main__":
    for line in sys.stdin:
        wait, _, file = line.strip().partition(" ")
        print(kill_after(float(wait), str(Path(file))), flush=True)  # noqa: T201
