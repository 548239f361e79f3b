"""Pauses of a record and their ends, which are only ever added (ADR 7)."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0013_every_grant_ends_with_its_basis'),
        ('surgeries', '0005_what_a_surgery_sets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('whom', models.CharField(choices=[('everyone', 'Everyone, the patient too'), ('proxies', 'Everyone who acts for the patient'), ('one', 'One person who acts for the patient')], max_length=10)),
                ('made_at', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('through_surgery', models.BooleanField(default=False)),
                ('carried_from', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='proxy_access.pause')),
                ('grant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='pauses', to='proxy_access.proxygrant')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pauses', to='surgeries.patient')),
            ],
        ),
        migrations.CreateModel(
            name='PauseEnd',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('duty', models.CharField(blank=True, choices=[('check-identity', 'Check identity'), ('review-entries', 'Review entries'), ('decide-access', 'Decide access'), ('manage-settings', "Manage the surgery's settings")], max_length=20)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('spoke_alone', models.BooleanField(default=False)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pause', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ended', to='proxy_access.pause')),
            ],
        ),
        migrations.AddConstraint(
            model_name='pause',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('grant__isnull', False), ('whom', 'one')), models.Q(models.Q(('whom', 'one'), _negated=True), ('grant', None)), _connector='OR'), name='pause_of_one_person_says_whose', violation_error_message='Say whose access is paused'),
        ),
        migrations.AddConstraint(
            model_name='pause',
            constraint=models.CheckConstraint(condition=models.Q(('until', None), ('until__gt', models.F('made_at')), _connector='OR'), name='pause_ends_after_it_began', violation_error_message='Choose a day after today'),
        ),
        migrations.AddConstraint(
            model_name='pauseend',
            constraint=models.CheckConstraint(condition=models.Q(('duty', ''), models.Q(('text', ''), _negated=True), _connector='OR'), name='pause_that_staff_end_says_why', violation_error_message='Enter the reason, for colleagues'),
        ),
        *(
            migrations.RunSQL(
                f"revoke update, delete, truncate on {table} from portal_app",
                f"grant update, delete on {table} to portal_app",
            )
            for table in ("proxy_access_pause", "proxy_access_pauseend")
        ),
    ]
