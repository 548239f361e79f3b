"""Which parts of an entry are of another day than the entry, and indexes of all that a record has by date.

Each partition gets its indexes while the table is written to, so this migration is in no transaction: after an
interruption, `migrate` again goes on.
"""

from django.db import migrations, models

from records.own_dates import WITHOUT_A_DATE
from records.partitions import AddIndexByPatient

NOTE_DATES = """
update records_entry part set dated_apart = part.kind <> all(%s)
    and part.effective_on is not null and part.effective_precision <> 'unknown'
    and case
        when whole.effective_on is null or whole.effective_precision = 'unknown' then true
        when part.effective_precision in ('day', 'time') and whole.effective_precision in ('day', 'time')
            then part.effective_on <> whole.effective_on
        else part.effective_on <> whole.effective_on or part.effective_precision <> whole.effective_precision
    end
from records_entry whole
where part.patient_id = %s and part.root_id is not null and part.dated_apart is null
    and whole.patient_id = part.patient_id and whole.id = part.root_id
"""
"""`records.own_dates.is_dated_apart`, for all rows of a patient at once."""


def note_dates(apps, schema_editor):
    """One patient at a time: row-level security holds for the owner too, and no lock lasts."""
    patients = apps.get_model("surgeries", "Patient").objects.using(schema_editor.connection.alias)
    for patient in patients.values_list("pk", flat=True).iterator():
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("select set_config('app.patient_id', %s, true)", [str(patient)])
            cursor.execute(NOTE_DATES, [list(WITHOUT_A_DATE), patient])
            cursor.execute("commit")


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("records", "0012_previews_of_changes")]

    operations = [
        migrations.AddField(
            model_name='entry',
            name='dated_apart',
            field=models.BooleanField(null=True),
        ),
        AddIndexByPatient(
            model_name='entry',
            index=models.Index(models.F('patient'), models.OrderBy(models.F('effective_on'), descending=True, nulls_last=True), models.OrderBy(models.F('effective_time'), descending=True, nulls_last=True), models.F('position'), models.F('id'), condition=models.Q(('root_id', None), ('dated_apart', True), _connector='OR'), name='entry_by_own_date'),
        ),
        AddIndexByPatient(
            model_name='entry',
            index=models.Index(condition=models.Q(('dated_apart', True)), fields=['patient', 'effective_on'], name='entry_dated_apart'),
        ),
        migrations.RunPython(note_dates, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name='entry', name='entry_by_date'),
    ]
