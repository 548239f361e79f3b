"""Who asked for a test stands apart from who made it, on the page and in the summary for other systems."""

import pytest

from audit.row_security import rows_of
from proxy_access.access import access_of
from records.takeaway.ips.summary import summary_of
from tests.cast import record_access
from tests.clock import NOW, TODAY
from tests.records.views.record import entry_of, make_report, page_of, reader

pytestmark = pytest.mark.django_db
DETAILS = {"performers": [{"organisation": "Hereford"}], "asked_by": [{"name": "Porter P"}]}


def test_a_report_says_who_it_is_from_and_who_asked_for_it(client, open_to_patient, patient_user):
    report = make_report(open_to_patient, details=DETAILS)
    page = page_of(reader(client, patient_user, open_to_patient), entry_of(report))
    places = [
        page.index(f">{words}<") for words in ("From", "Hereford", "Asked for by", "Porter P")
    ]
    assert places == sorted(places)


def test_the_summary_names_as_performer_only_who_made_it(open_to_patient, patient_user):
    make_report(open_to_patient, details=DETAILS)
    access = record_access(access_of(patient_user, open_to_patient.pk, on=TODAY))
    with rows_of(open_to_patient.pk):
        made = [each["resource"] for each in summary_of(access, now=NOW)["entry"]]
    [report] = [each for each in made if each["resourceType"] == "DiagnosticReport"]
    assert report["performer"] == [{"display": "Hereford"}]
    assert "Asked for by: Porter P" in report["text"]["div"]
