"""The content of attachments, kept apart from the rows: its name, size and kind; which attachment it is of (ADR 36).

The columns are added without a value, so that no row is written to and the table can be used meanwhile.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

PROTECT = """
alter table records_paper enable row level security;
alter table records_paper force row level security;
create policy one_patient on records_paper
    using (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)
    with check (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid);
revoke delete, truncate on records_paper from portal_app;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0029_changes_of_extracts_are_kept'),
        ('surgeries', '0005_what_a_surgery_sets'),
    ]

    operations = [
        migrations.AddField(
            model_name='document',
            name='paper_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='document',
            name='problem',
            field=models.CharField(blank=True, choices=[('not-readable', 'It could not be read'), ('too-large', 'It is larger than what is kept')], db_default='', default='', max_length=20),
        ),
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('name', models.CharField(max_length=64)),
                ('kind_code', models.CharField(max_length=20)),
                ('size', models.BigIntegerField()),
                ('kept_at', models.DateTimeField()),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('patient', 'name'), name='paper_once_per_content')],
            },
        ),
        migrations.RunSQL(PROTECT, migrations.RunSQL.noop),
    ]
