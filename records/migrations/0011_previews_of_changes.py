"""What changes for many patients would newly open, counted before they are made; kept with the change."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0010_what_was_read_in_a_review'),
        ('surgeries', '0005_what_a_surgery_sets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangePreview',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('levels', 'Levels of many patients'), ('go-live', 'The go-live date'), ('sections', 'Sections that stay closed')], max_length=10)),
                ('proposed', models.JSONField()),
                ('asked_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('counting', 'Being counted'), ('ready', 'Counted'), ('failed', 'Could not be counted')], default='counting', max_length=10)),
                ('done', models.IntegerField(default=0)),
                ('total', models.IntegerField(default=0)),
                ('found', models.JSONField(default=list)),
                ('left_out', models.JSONField(default=dict)),
                ('reason', models.TextField(blank=True)),
                ('reason_for_patient', models.TextField(blank=True)),
                ('with_flagged', models.BooleanField(default=False)),
                ('used_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('change', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='previews', to='records.practicechange')),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('surgery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.surgery')),
            ],
            options={
                'indexes': [models.Index(fields=['surgery', '-asked_at'], name='change_preview_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('proposed_by', None), models.Q(('reason', ''), _negated=True), _connector='OR'), name='change_preview_that_is_proposed_has_a_reason')],
            },
        ),
        migrations.RunSQL(
            "revoke delete, truncate on records_changepreview from portal_app",
            "grant delete on records_changepreview to portal_app",
        ),
    ]
