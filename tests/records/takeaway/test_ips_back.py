"""A summary loads back through the importer: equal to what was visible, entry for entry.

`test_ips_same` tries the same with every full record of the shared extracts.
"""

import pytest

from records.importing.formats import read
from tests.records.takeaway.ips_back import differences, seen_and_read
from tests.records.takeaway.ips_made import demo_extract, load, open_all, own_access, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["ada", "rowan", "niamh", "oliver"])
def test_a_summary_reads_back_entry_for_entry(key, patient, patient_user):
    """R1.6, R6.3, R6.6: kind, section, words, date, value, unit, mark, status and dose are what they were."""
    access = own_access(patient, patient_user)
    load(patient, demo_extract(key))
    open_all(patient, patient_user)
    text = text_of(access)
    seen, back = seen_and_read(access, text)
    assert seen
    assert differences(seen, back) == []
    extract = read(text.encode())
    assert extract.person.nhs_number == patient.nhs_number
    assert extract.skipped == ()
    assert {each.origin for each in extract.entries} == {"transferred"}
