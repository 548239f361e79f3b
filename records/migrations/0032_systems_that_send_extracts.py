"""Systems that send extracts by themselves, and what they sent."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0030_attachments_and_their_content'),
        ('surgeries', '0005_what_a_surgery_sets'),
    ]

    operations = [
        migrations.CreateModel(
            name='Supplier',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120, unique=True)),
                ('keys', models.JSONField()),
                ('registered_at', models.DateTimeField()),
                ('may_add_patients', models.BooleanField(default=False)),
                ('ended_at', models.DateTimeField(null=True)),
                ('surgeries', models.ManyToManyField(related_name='+', to='surgeries.surgery')),
            ],
        ),
        migrations.CreateModel(
            name='ReceivedExtract',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('idempotency_key', models.CharField(max_length=200)),
                ('digest', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('received_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waits to be loaded'), ('loaded', 'Loaded'), ('unchanged', 'Changed nothing'), ('refused', 'Refused')], default='waiting', max_length=20)),
                ('reason', models.TextField(blank=True)),
                ('counts', models.JSONField(default=dict)),
                ('ended_at', models.DateTimeField(null=True)),
                ('surgery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.surgery')),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.supplier')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['received_at'], name='received_extract_waiting')],
                'constraints': [models.UniqueConstraint(fields=('supplier', 'idempotency_key'), name='received_extract_once_for_a_key')],
            },
        ),
        migrations.CreateModel(
            name='UsedAssertion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jti', models.CharField(max_length=200)),
                ('good_until', models.DateTimeField(db_index=True)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.supplier')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('supplier', 'jti'), name='assertion_is_used_once')],
            },
        ),
    ]
