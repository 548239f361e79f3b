"""A summary for other health systems: an International Patient Summary, as FHIR R4 in JSON."""

from audit.row_security import rows_of
from records.takeaway.ips import summary_json
from records.takeaway.job import Job, Made


def make_summary(job: Job) -> Made:
    """Write the whole summary of what the viewer may read and has opened; days do not limit it."""
    job.progress(0, 1)
    with rows_of(job.access.patient.pk):
        for piece in summary_json(job.access, now=job.now):
            job.file.write(piece)
    job.progress(1, 1)
    return Made("gp-record-summary.json", "application/fhir+json")
