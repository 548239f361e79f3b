"""Whether rows are of one test says the same in the database and for rows that are here already (R6.6)."""

import itertools

import pytest
from django.db.models import Q

from audit.row_security import rows_of
from proxy_access.access import access_of
from records.importing.fhir.terms import DEGRADED_CODES, SNOMED
from records.models import Entry
from records.same_code import SAME_CODE, codes_in, codes_of
from records.statements import Statement
from tests.cast import make_entry, record_access
from tests.clock import TODAY

READ = "http://read.info/readv2"
SODIUM, POTASSIUM = (SNOMED, "1000"), (SNOMED, "2000")
READ_SODIUM, READ_OTHER = (READ, "44I5"), (READ, "44I4")
LOST = (SNOMED, min(DEGRADED_CODES))
LOCAL = ("", "own")
GIVEN = [
    (), (SODIUM,), (POTASSIUM,), (READ_SODIUM,), (READ_OTHER,), (LOST,), (LOCAL,), (SODIUM, READ_SODIUM),
    (SODIUM, POTASSIUM), (POTASSIUM, READ_SODIUM), (LOST, READ_SODIUM), (LOST, READ_OTHER), (SODIUM, LOCAL),
]  # fmt: skip


def content(codes):
    """What a row says whose test has some codes."""
    return {"codes": [{"system": system, "code": code} for system, code in codes if code]}


@pytest.mark.django_db
def test_the_database_and_the_rows_agree_for_each_pair_of_codes(patient, patient_user):
    own = record_access(access_of(patient_user, patient.pk, on=TODAY))
    for number, codes in enumerate(GIVEN):
        make_entry(
            patient, f"r{number}", kind="observation", details=content(codes), position=number
        )
    same = Statement(lambda access: Entry.objects.visible_to(access).filter(SAME_CODE))
    with rows_of(patient.pk):
        rows = Entry.objects.visible_to(own).filter(Q(kind="observation")).as_rows()
        for one, other in itertools.product(GIVEN, repeat=2):
            codes = codes_of(frozenset(one), [frozenset(one), frozenset(other)])
            found = {row.id for row in same.rows(own, **codes.values)}
            assert found == {row.id for row in rows if codes.holds(codes_in(row.content))}, (
                one,
                other,
            )


def test_a_code_of_one_system_does_not_stand_for_every_code_of_another():
    codes = codes_of(frozenset([SODIUM]), [frozenset([SODIUM, READ_SODIUM])])
    assert codes.holds(frozenset([READ_SODIUM]))
    assert not codes.holds(frozenset([READ_OTHER]))
    assert not codes.holds(frozenset([POTASSIUM]))
    assert codes.holds(frozenset([LOST]))
    assert codes.holds(frozenset([]))
