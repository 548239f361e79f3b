"""An index of what was measured outside reports, by name: most rows of a visit were written down and not measured.

Each partition gets its index while the table is written to, so this migration is in no transaction: after an
interruption, `migrate` again goes on.
"""

from django.db import migrations, models
from django.db.models.expressions import RawSQL

from records.partitions import AddIndexByPatient

TOLD = (
    "records_entry.section <> 'test-results'"
    " and (records_entry.flagged or records_entry.details ?| array['value', 'components'])"
)
"""`records.test_names.measured_outside_reports` as it is at this migration."""


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("records", "0024_what_is_marked_by_report")]

    operations = [
        AddIndexByPatient(
            model_name="entry",
            index=models.Index(
                "patient", "section", "test_name", models.F("effective_on").desc(nulls_last=True),
                name="entry_measured_outside",
                condition=models.Q(test_name__isnull=False)
                & models.Q(RawSQL(TOLD, (), models.BooleanField())),  # noqa: S611
            ),
        ),
    ]
