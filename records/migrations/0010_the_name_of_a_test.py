"""The name of a test as a column of its own, which an index can be asked by under row-level security (ADR 20).

`lower` and `left` are not leakproof: an index on them is walked from its start for every look. Each partition gets
its index while the table is written to, so this migration is in no transaction: after an interruption, `migrate` again goes on.
"""

from django.db import migrations, models

from records.partitions import AddIndexByPatient
from records.test_names import MEASURED, test_name

TITLES = "select distinct title from records_entry where patient_id = %s and kind = any(%s) and test_name is null"
NAME = """
update records_entry set test_name = named.name from unnest(%s::text[], %s::text[]) named (title, name)
where patient_id = %s and kind = any(%s) and test_name is null and records_entry.title = named.title
"""


def name_tests(apps, schema_editor):
    """One patient at a time: row-level security holds for the owner too, and no lock lasts."""
    patients = apps.get_model("surgeries", "Patient").objects.using(schema_editor.connection.alias)
    kinds = list(MEASURED)
    for patient in patients.values_list("pk", flat=True).iterator():
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("select set_config('app.patient_id', %s, true)", [str(patient)])
            cursor.execute(TITLES, [patient, kinds])
            titles = [title for (title,) in cursor.fetchall()]
            names = [test_name(MEASURED[0], title) for title in titles]
            cursor.execute(NAME, [titles, names, patient, kinds])
            cursor.execute("commit")


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("records", "0009_find_the_decisions_of_a_change")]

    operations = [
        migrations.AddField(
            model_name='entry',
            name='test_name',
            field=models.CharField(db_collation='C', max_length=200, null=True),
        ),
        AddIndexByPatient(
            model_name='entry',
            index=models.Index(models.F('patient'), models.F('test_name'), models.OrderBy(models.F('effective_on'), descending=True, nulls_last=True), models.F('section'), condition=models.Q(('test_name__isnull', False)), name='entry_by_test_name'),
        ),
        AddIndexByPatient(
            model_name='entry',
            index=models.Index(condition=models.Q(('flagged', True)), fields=['patient', 'root_id'], name='entry_flagged'),
        ),
        migrations.RunPython(name_tests, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name='entry', name='entry_by_test'),
    ]
