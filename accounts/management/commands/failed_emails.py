"""E-mails that were not sent."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Q, QuerySet
from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

STUCK_AFTER = timedelta(minutes=10)


class Command(BaseCommand):
    """Lists what could not be sent, and has it tried again."""

    help = (
        "Say which e-mails were not sent and why, without addresses; --retry has them tried again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to try again."""
        parser.add_argument("--retry", action="store_true", help="have the worker try them again")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each, the oldest first; ends with 1 where there is one and it is not tried again."""
        failed = list(unsent().order_by("enqueued_at"))
        for task in failed:
            reason = task.exception_class_path or "the worker stopped meanwhile"
            self.stdout.write(
                f"{task.id}  {task.enqueued_at:%Y-%m-%d %H:%M}  {task.task_name}  {reason}"
            )
        if options["retry"]:
            self.stdout.write(f"{try_again(failed)} will be tried again")
        elif failed:
            raise SystemExit(1)


def unsent() -> QuerySet[DBTaskResult[Any, Any]]:
    """Tasks that failed, and those that a worker began and never ended."""
    stuck = Q(status=TaskResultStatus.RUNNING, started_at__lt=timezone.now() - STUCK_AFTER)
    return DBTaskResult.objects.filter(Q(status=TaskResultStatus.FAILED) | stuck)


def try_again(failed: list[DBTaskResult[Any, Any]]) -> int:
    """Put tasks back into the queue, and say how many."""
    return DBTaskResult.objects.filter(pk__in=[task.pk for task in failed]).update(
        status=TaskResultStatus.READY, run_after=get_date_max(), started_at=None, finished_at=None,
        exception_class_path="", traceback="",
    )  # fmt: skip
