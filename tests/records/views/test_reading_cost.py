"""How many queries a page of a record takes, whatever it holds."""

import pytest

from tests.cast import make_entry
from tests.records.views.record import home_of, make_part, reader, section_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("which", "queries"),
    [
        ("home", 13),
        ("allergies", 13),
        ("medicines", 13),
        ("immunisations", 12),
        ("health-conditions", 13),
        ("test-results", 11),
        ("consultations", 12),
        ("documents", 13),
    ],
)
def test_the_number_of_queries_does_not_depend_on_the_number_of_entries(
    client, open_to_patient, patient_user, django_assert_num_queries, which, queries
):
    reader(client, patient_user, open_to_patient)
    address = home_of(open_to_patient)
    client.get(address)  # notes the time in the session, once a minute
    if which != "home":
        address = section_of(open_to_patient, which)
    kinds = {
        "allergies": "allergy", "medicines": "medicine", "immunisations": "immunisation",
        "health-conditions": "condition", "test-results": "report",
        "consultations": "consultation", "documents": "document",
    }  # fmt: skip
    for many in (1, 12):
        for number in range(many):
            for section, kind in kinds.items():
                root = make_entry(
                    open_to_patient, f"{section}{many}.{number}", section=section, kind=kind,
                    level_needed="summary",
                )  # fmt: skip
                if kind == "report":
                    make_part(root, f"p{many}.{number}", 1)
        with django_assert_num_queries(queries):
            assert client.get(address).status_code == 200
