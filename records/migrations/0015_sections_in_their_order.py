"""Indexes of a section in the order of its groups, and of each test of a section.

Each partition gets its indexes while the table is written to, so this migration is in no transaction: after an
interruption, `migrate` again goes on.
"""

from django.db import migrations, models
from django.db.models.expressions import RawSQL

from records.partitions import AddIndexByPatient

HAS_ENDED = "(records_entry.details ->> 'status' in ('inactive', 'resolved') or records_entry.details ? 'ended_on')"
HAS_STOPPED = "(records_entry.details ->> 'status' in ('stopped', 'completed') or records_entry.details ? 'stopped_on')"
PLACE = (
    "(case records_entry.section"
    f" when 'allergies' then case when {HAS_ENDED} then 20 else 10 end"
    " when 'medicines' then case"
    f" when records_entry.details ->> 'prescription_type' = 'acute' then case when {HAS_STOPPED} then 11 else 10 end"
    " when records_entry.details ->> 'prescription_type' in ('repeat', 'repeat-dispensing')"
    f" then case when {HAS_STOPPED} then 30 else 20 end"
    " else 40 end"
    " when 'health-conditions' then case"
    f" when {HAS_ENDED} then case when records_entry.details ->> 'significance' = 'major' then 20"
    " when records_entry.details ->> 'significance' = 'minor' then 22 else 21 end"
    " else case when records_entry.details ->> 'significance' = 'major' then 10"
    " when records_entry.details ->> 'significance' = 'minor' then 12 else 11 end end"
    " else 0 end)"
)
"""`records.section_groups.PLACE` as it is at this migration."""


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("records", "0014_read_until")]

    operations = [
        AddIndexByPatient(
            model_name='entry',
            index=models.Index(models.F('patient'), models.F('section'), RawSQL(PLACE, (), models.IntegerField()), models.OrderBy(models.F('effective_on'), descending=True, nulls_last=True), models.OrderBy(models.F('effective_time'), descending=True, nulls_last=True), models.F('position'), models.F('id'), condition=models.Q(('root_id', None)), name='entry_by_place'),  # noqa: S611
        ),
        AddIndexByPatient(
            model_name='entry',
            index=models.Index(models.F('patient'), models.F('section'), models.F('test_name'), models.OrderBy(models.F('effective_on'), descending=True, nulls_last=True), condition=models.Q(('test_name__isnull', False)), name='entry_by_test_in_section'),
        ),
    ]
