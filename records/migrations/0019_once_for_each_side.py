"""What is hidden once by the surgery can be hidden once by the patient too.

The index is made while the table is written to, so this migration is in no transaction: after an interruption,
`migrate` again begins it anew.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

NEW, OLD = "redaction_once_per_audience_and_side", "redaction_once_per_audience"
MAKE = (
    "create unique index concurrently {name} on records_redaction ({columns})"
    " nulls not distinct where undone_at is null"
)
COLUMNS = "patient_id, entry_id, audience, proxy_id"


class Migration(migrations.Migration):

    atomic = False
    dependencies = [
        ('records', '0018_what_a_patient_hides'),
    ]

    operations = [
        ValidateConstraint('redaction', 'redaction_of_the_patient_is_from_others'),
        migrations.RunSQL(
            f"drop index concurrently if exists {NEW}", migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            MAKE.format(name=NEW, columns=f"{COLUMNS}, by_patient"),
            f"drop index concurrently if exists {NEW}",
            state_operations=[
                migrations.AddConstraint(
                    model_name='redaction',
                    constraint=models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('patient', 'entry_id', 'audience', 'proxy_id', 'by_patient'), name='redaction_once_per_audience_and_side', nulls_distinct=False, violation_error_message='This is hidden already'),
                ),
            ],
        ),
        migrations.RunSQL(
            f"drop index concurrently if exists {OLD}",
            MAKE.format(name=OLD, columns=COLUMNS),
            state_operations=[
                migrations.RemoveConstraint(
                    model_name='redaction',
                    name='redaction_once_per_audience',
                ),
            ],
        ),
    ]
