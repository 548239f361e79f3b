"""Events and the heads of their chains."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ChainHead',
            fields=[
                ('patient_id', models.UUIDField(primary_key=True, serialize=False)),
                ('sequence', models.BigIntegerField(default=0)),
                ('hash', models.BinaryField(default=b'')),
            ],
            options={
                'db_table': 'audit_chain_head',
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('patient_id', models.UUIDField(null=True)),
                ('sequence', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField()),
                ('actor_id', models.UUIDField(null=True)),
                ('duty', models.CharField(blank=True, max_length=80)),
                ('action', models.CharField(max_length=60)),
                ('object', models.CharField(blank=True, max_length=200)),
                ('outcome', models.CharField(choices=[('done', 'Done'), ('refused', 'Refused'), ('not-found', 'Not found')], max_length=20)),
                ('request_id', models.CharField(blank=True, max_length=32)),
                ('details', models.JSONField(default=dict)),
                ('previous_hash', models.BinaryField(default=b'')),
                ('hash', models.BinaryField(default=b'')),
            ],
            options={
                'indexes': [models.Index(fields=['patient_id', 'at'], name='audit_event_by_patient')],
                'constraints': [models.UniqueConstraint(fields=('patient_id', 'sequence'), name='audit_event_one_place_in_the_chain', nulls_distinct=False)],
            },
        ),
    ]
