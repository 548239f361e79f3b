"""Who had asked for nothing before a trigger kept it; after an interruption, `migrate` again goes on."""

from django.db import migrations

LEAVE_OUT = """
lock table records_resultwish in share mode;
delete from records_everwished where patient_id = '{patient}' and not exists (
    select from records_resultwish where patient_id = '{patient}' and wish <> 'show'
)
"""
"""The lock is for a wish that is being saved: its trigger would find the row that is deleted here."""


def note_wishes(apps, schema_editor):
    """One patient at a time: row-level security holds for the owner too, and no lock lasts."""
    patients = apps.get_model("surgeries", "Patient").objects.using(schema_editor.connection.alias)
    for patient in patients.values_list("pk", flat=True).iterator():
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute("select set_config('app.patient_id', %s, true)", [str(patient)])
            cursor.execute(LEAVE_OUT.format(patient=patient))
            cursor.execute("commit")


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("records", "0044_who_ever_wished")]

    operations = [migrations.RunPython(note_wishes, migrations.RunPython.noop)]
