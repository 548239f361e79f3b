"""One volume of a record as a PDF: `python -m records.takeaway.volume STYLES SECONDS`, HTML in, PDF out.

A process of its own for each volume. What drawing takes of memory goes with it, so that a long record
takes no more than a short one, and nothing in a record can bring the worker down. It knows no database.
"""

import resource
import sys
from typing import NoReturn

import weasyprint

MOST_MEMORY = 3 * 1024**3


class FetchNothing:
    """A record is complete in itself: whatever its words could name, it is never asked for."""

    _fail_on_errors = True

    def __call__(self, url: str) -> NoReturn:
        """Stop the volume."""
        raise ValueError("A record fetches nothing")


def main(styles: str, most_work: int) -> None:
    """Read a page from standard input, and write it as a tagged PDF (PDF/UA-1) to standard output.

    `most_work` is how many seconds of processor that may take.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (most_work, most_work))
    page = weasyprint.HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=FetchNothing())
    written = page.write_pdf(stylesheets=[weasyprint.CSS(filename=styles)], pdf_variant="pdf/ua-1")
    sys.stdout.buffer.write(written)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
