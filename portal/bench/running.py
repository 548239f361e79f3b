"""One run: prepare, measure, print."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.management import call_command

from portal import databases, embedded_database
from portal.bench import copies, finding, loading, pages, reviews, whole_files
from portal.bench.pages import FLOOR, TITLES, WARM_UP, Figures
from portal.bench.patients import prepare
from portal.bench.server import ServerFailed, serving

MOST_OF_FLOOR, MOST_OF_SHORT = 2.0, 1.15
IMPORTS = 5
"""How often an import and each COPY is measured, in turn."""


def main(arguments: list[str]) -> int:
    """Run the bench; the exit code is 1 where it cannot run, whatever the figures."""
    parser = ArgumentParser(prog="bin/bench", description="Performance figures, as ratios.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=200, help="requests per page")
    parser.add_argument(
        "--warm-up", type=int, default=WARM_UP, help="requests per page before them"
    )
    parser.add_argument("--import-rows", type=int, default=5000, help="rows of the import")
    parser.add_argument(
        "--pages",
        type=chosen_pages,
        metavar="NAME,...",
        help="these pages and nothing else: " + ", ".join(TITLES),
    )
    parser.add_argument(
        "--records", type=int, default=whole_files.RECORDS, help="records that one run loads"
    )
    options = parser.parse_args(arguments)
    try:
        found = run(options.rounds, options.warm_up, options.pages)
        if not options.pages:
            found |= beyond_pages(options.import_rows, options.records)
    except (embedded_database.DatabaseUnavailable, ServerFailed) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(found, indent=2) if options.json else table(found))
    sys.stdout.write("\n")
    return 0


def chosen_pages(words: str) -> list[str]:
    """The pages that a list names; raises ArgumentTypeError for one that the bench does not have."""
    names = words.split(",")
    if unknown := [name for name in names if name not in TITLES]:
        raise ArgumentTypeError(
            f"no such page: {', '.join(unknown)}. There are {', '.join(TITLES)}"
        )
    return names


def run(
    rounds: int, warm_up: int = WARM_UP, chosen: Collection[str] | None = None
) -> dict[str, Any]:
    """What `--json` prints of pages: of all, or of those that are chosen."""
    embedded_database.start(databases.embedded_folder(settings.BASE_DIR))
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    patients = prepare()
    with serving() as server:
        asked = pages.plan(server, patients, chosen or TITLES)
        figures = pages.measure(server, asked, rounds, warm_up)
        apart = pages.measure_apart(server, asked, rounds, warm_up)
    return {
        "rounds": rounds,
        "records": [{"entries": one.entries, "rows": one.rows} for one in patients],
        "pages": [as_json(one) for one in figures],
        "ratios": ratios(figures),
        "apart": ratios(apart),
    }


def beyond_pages(import_rows: int, records: int) -> dict[str, Any]:
    """What is measured beside the pages."""
    patients = prepare()
    return {
        "searches": [one._asdict() for one in finding.measure(patients[-1])],
        "import": imports(loading.measure(import_rows, rounds=IMPORTS)),
        "file": whole_files.measure(records),
        "copy": copies.measure(patients),
        "review": reviews.measure(),
    }


def as_json(one: Figures) -> dict[str, Any]:
    """The medians of one address."""
    return {
        "page": one.asked.page,
        "record": one.asked.record,
        "bytes": round(one.median("size")),
        **{f"{what}_ms": round(one.median(what), 2) for what in ("cpu", "web", "database", "wall")},
    }


def ratios(figures: list[Figures]) -> list[dict[str, Any]]:
    """Each page against its floor, and the longest record against the shortest."""
    found = []
    for page in dict.fromkeys(one.asked.page for one in figures):
        base, *sizes = (one for one in figures if one.asked.page == page)
        found += [compare(one, base, MOST_OF_FLOOR) for one in sizes]
        found.append(compare(sizes[-1], sizes[0], MOST_OF_SHORT))
    return found


def compare(one: Figures, other: Figures, most: float) -> dict[str, Any]:
    """The ratio of processor time, with that of each process and of the clock beside it."""
    whole = pages.ratio(one, other, "cpu")
    return {
        "page": one.asked.page, "of": one.asked.record, "to": other.asked.record,
        "cpu": round(whole.middle, 2), "lowest": round(whole.lowest, 2),
        "highest": round(whole.highest, 2), "at_most": most, "met": whole.middle <= most,
        **{what: round(pages.ratio(one, other, what).middle, 2)
           for what in ("web", "database", "wall")},
    }  # fmt: skip


def imports(speeds: loading.Speeds) -> dict[str, Any]:
    """The importer beside COPY of the same work, and beside that of the entries alone into a bare table."""
    return {**speeds.compared(speeds.same), "bare": speeds.compared(speeds.bare)}


def table(found: dict[str, Any]) -> str:
    """The same for people."""
    lines = [f"Medians of {found['rounds']} requests each, in milliseconds", ""]
    lines.append(f"{'':44}{'bytes':>8}{'CPU':>8}{'Python':>8}{'Postgres':>10}{'wall':>8}")
    for one in found["pages"]:
        name = "  floor" if one["record"] == FLOOR else f"  {one['record']} entries"
        if one["record"] == FLOOR:
            lines.append(TITLES[one["page"]])
        lines.append(
            f"{name:44}{one['bytes']:>8}{one['cpu_ms']:>8.2f}{one['web_ms']:>8.2f}"
            f"{one['database_ms']:>10.2f}{one['wall_ms']:>8.2f}"
        )
    lines += ["", *ratio_lines("Ratios, all pages in turn", found["ratios"])]
    lines += ["", *ratio_lines("Ratios, each page by itself with its floor", found["apart"])]
    if "searches" in found:
        lines += ["", *search_lines(found), "", *import_lines(found["import"])]
        lines += whole_files.lines(found["file"])
        lines += [*copies.lines(found["copy"]), "", *reviews.lines(found["review"])]
    return "\n".join(lines)


def ratio_lines(title: str, found: list[dict[str, Any]]) -> list[str]:
    """The ratios, what they may be, and how they swayed over the fifths of the run."""
    lines = [f"{title:44}{'CPU':>8}{'Python':>8}{'Postgres':>10}{'wall':>8}   at most"]
    for one in found:
        name = f"  {one['page']}: {one['of']} / {one['to']}"
        lines.append(
            f"{name:44}{one['cpu']:>8.2f}{one['web']:>8.2f}{one['database']:>10.2f}{one['wall']:>8.2f}"
            f"   {one['at_most']:.2f} {'met' if one['met'] else 'MISSED'}"
            f" ({one['lowest']:.2f} to {one['highest']:.2f})"
        )
    return lines


def search_lines(found: dict[str, Any]) -> list[str]:
    """How long searches take in the longest record."""
    searches = [finding.Search(**one) for one in found["searches"]]
    return finding.lines(found["records"][-1]["entries"], searches)


def import_lines(found: dict[str, Any]) -> list[str]:
    """The importer's speed."""
    bare = found["bare"]
    return [
        f"Import of {bare['rows']} rows with their words to search by, {found['rows']} rows: {found['rows_per_second']} rows/s",
        f"  COPY of the same rows into the same tables: {found['copy_rows_per_second']} rows/s; {_part(found)}",
        f"  COPY of the {bare['rows']} alone into a bare table: {bare['copy_rows_per_second']} rows/s; {_part(bare)}",
    ]


def _part(found: dict[str, Any]) -> str:
    return (
        f"the import has {found['part_of_copy']:.0%} of that by the clock, {found['part_of_copy_by_cpu']:.0%} by CPU,"
        f" at least {loading.LEAST:.0%} {'met' if found['met'] else 'MISSED'}"
    )


__all__ = ["main", "run"]
