"""Attachments together with the content that is kept of them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from audit.kept import Kept, Named, columns_of, made, named
from records.models import Document, Paper


def with_papers(documents: Iterable[Document]) -> list[Document]:
    """Attachments of one patient, each with its content; one query more where there is any."""
    found = list(documents)
    wanted = [each.paper_id for each in found if each.paper_id]
    if wanted:
        rows = PAPERS.ask(patient=found[0].patient_id, papers=wanted)
        papers = {paper.id: paper for paper in (made(Paper, values) for values in rows)}
        for each in found:
            each.paper = papers.get(each.paper_id) if each.paper_id else None
    return found


def _papers() -> Any:
    is_of_them = RawSQL("records_paper.id = any(%s)", [Named("papers")], BooleanField())
    return Paper.objects.filter(is_of_them, patient=named("patient")).values_list(
        *columns_of(Paper)
    )


PAPERS = Kept(_papers)

__all__ = ["with_papers"]
