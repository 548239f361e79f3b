"""An index of what the laboratory marked, by the report that it is or stands in.

Each partition gets its index while the table is written to, so this migration is in no transaction: after an
interruption, `migrate` again goes on.
"""

from django.db import migrations, models
from django.db.models.expressions import RawSQL

from records.partitions import AddIndexByPatient

WHOLE = "(case when records_entry.root_id is null then records_entry.id else records_entry.root_id end)"
"""`records.sealing.WHOLE` as it is at this migration."""


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("records", "0023_used")]

    operations = [
        AddIndexByPatient(
            model_name='entry',
            index=models.Index(models.F('patient'), RawSQL(WHOLE, (), models.UUIDField()), condition=models.Q(('flagged', True)), name='entry_flagged_by_report'),  # noqa: S611
        ),
        migrations.RemoveIndex(model_name='entry', name='entry_flagged'),
    ]
