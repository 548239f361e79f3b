"""Who works at the demo surgery, and the two people who act for a patient of it: a daughter, and a carer of a care home."""

from portal.demo.roles import DemoProxy, StaffMember
from portal.demo.when import Ago
from surgeries.terms import Section

STAFF = (
    StaffMember("Iris Frontdesk", "iris@example.test", ("check-identity",)),
    StaffMember("Dr Imogen Fairsample", "imogen@example.test", ("review-entries",)),
    StaffMember("Joel Accessman", "joel@example.test", ("decide-access",)),
    StaffMember("Renu Settingson", "renu@example.test", ("manage-settings",)),
    StaffMember(
        "Morag Allduties",
        "morag@example.test",
        ("check-identity", "review-entries", "decide-access", "manage-settings"),
    ),
)

PROXY = DemoProxy(
    name="Ruth Makepiece",
    email="ruth@example.test",
    acts_for="edith",
    relationship="daughter",
    legal_basis="consent",
    scopes=(Section.MEDICINES, Section.TEST_RESULTS, Section.ALLERGIES),
    starts=Ago(months=2),
)

CARE_HOME = "Willow Example House"
CARER = DemoProxy(
    name="Colm Carewell",
    email="colm@example.test",
    acts_for="edith",
    relationship=f"carer at {CARE_HOME}",
    legal_basis="consent",
    scopes=(Section.MEDICINES, Section.ALLERGIES),
    starts=Ago(),
)
