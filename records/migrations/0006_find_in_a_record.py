"""Indexes for a timeline, a search and the results of one test; and which rows the laboratory marked.

Each partition gets its index while the table is written to, so this migration is in no transaction: after
an interruption, `migrate` again goes on.
"""

import django.db.models.functions.text
from django.db import migrations, models

from records.partitions import AddIndexByPatient

MARK = r"""
update records_entry set flagged = true
where patient_id = %s and not flagged and jsonb_path_exists(details, '$.**.flags[*] ? (!(
    (!exists(@.code) || @.code == "N" || @.code == "n")
    && (!exists(@.words) || @.words like_regex "^\\s*(normal|within (reference|normal) range)?\\s*$" flag "i")
))')
"""


def mark_flagged(apps, schema_editor):
    """One patient at a time: row-level security holds for the owner too, and no lock lasts."""
    patients = apps.get_model("surgeries", "Patient").objects.using(schema_editor.connection.alias)
    for patient in patients.values_list("pk", flat=True).iterator():
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("select set_config('app.patient_id', %s, true)", [str(patient)])
            cursor.execute(MARK, [patient])
            cursor.execute("commit")


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("records", "0005_what_a_patient_reads")]

    operations = [
        AddIndexByPatient(
            model_name='entry',
            index=models.Index(models.F('patient'), models.OrderBy(models.F('effective_on'), descending=True, nulls_last=True), models.OrderBy(models.F('effective_time'), descending=True, nulls_last=True), models.F('position'), models.F('id'), condition=models.Q(('root_id', None)), name='entry_by_date'),
        ),
        AddIndexByPatient(
            model_name='entry',
            index=models.Index(fields=['patient', 'changed_at'], name='entry_by_change'),
        ),
        AddIndexByPatient(
            model_name='entry',
            index=models.Index(models.F('patient'), django.db.models.functions.text.Lower(django.db.models.functions.text.Left('title', 80)), models.OrderBy(models.F('effective_on'), descending=True, nulls_last=True), condition=models.Q(('kind__in', ['result', 'observation'])), name='entry_by_test'),
        ),
        migrations.RunPython(mark_flagged, migrations.RunPython.noop),
    ]
