"""What an extract changed is kept, so that it can be told and taken back; and what a source calls an entry, whatever its id."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0025_measured_outside_reports'),
        ('surgeries', '0005_what_a_surgery_sets'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExtractChange',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'extract_id', 'entry_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('extract_id', models.UUIDField()),
                ('entry_id', models.UUIDField()),
                ('kind', models.CharField(choices=[('updated', 'Updated'), ('withdrawn', 'Withdrawn'), ('named-anew', 'The same under another name in the source')], max_length=10)),
                ('before', models.JSONField()),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
            ],
        ),
        migrations.AddField(
            model_name='entry',
            name='source_identifier',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AddField(
            model_name='importedextract',
            name='added',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), db_default=[], default=list),
        ),
        migrations.AddField(
            model_name='importedextract',
            name='beside',
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name='importedextract',
            name='channel',
            field=models.CharField(blank=True, choices=[('command', 'A file, by command'), ('folder', 'A file, from a watched folder'), ('supplier', 'Sent by a supplier’s system'), ('demo', 'Made up for a demo or a test')], db_default='', max_length=10),
        ),
        migrations.AddField(
            model_name='importedextract',
            name='file_name',
            field=models.CharField(blank=True, db_default='', max_length=200),
        ),
        migrations.AddField(
            model_name='importedextract',
            name='forced_because',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AddField(
            model_name='importedextract',
            name='keeps_changes',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='importedextract',
            name='loaded_by_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='importedextract',
            name='undone_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='importedextract',
            name='undone_because',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AddField(
            model_name='importedextract',
            name='undone_by_id',
            field=models.UUIDField(null=True),
        ),
        AddConstraintNotValid(
            model_name='importedextract',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undone_at', None), ('undone_because', '')), models.Q(('undone_at__isnull', False), models.Q(('undone_because', ''), _negated=True)), _connector='OR'), name='extract_undone_has_a_reason', violation_error_message='Say why the extract is taken back'),
        ),
    ]
