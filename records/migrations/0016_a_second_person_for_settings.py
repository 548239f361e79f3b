"""Who agreed to a change or sent it back, settings that wait for a second person, and whom a setting left out."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("records", "0015_sections_in_their_order"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='changepreview',
            name='agreed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='changepreview',
            name='sent_back_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='changepreview',
            name='sent_back_because',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AlterField(
            model_name='changepreview',
            name='kind',
            field=models.CharField(choices=[('levels', 'Levels of many patients'), ('go-live', 'The go-live date'), ('sections', 'Sections that stay closed'), ('accounts', 'New online accounts')], max_length=10),
        ),
        migrations.AlterField(
            model_name='changepreview',
            name='state',
            field=models.CharField(choices=[('counting', 'Being counted'), ('ready', 'Counted'), ('failed', 'Could not be counted'), ('saving', 'Being saved')], default='counting', max_length=10),
        ),
        migrations.AlterField(
            model_name='accessrequest',
            name='state',
            field=models.CharField(choices=[('sent', 'Sent'), ('acknowledged', 'Acknowledged'), ('reviewing', 'Being reviewed'), ('deferred', 'Put off'), ('granted', 'Granted'), ('granted-in-part', 'Granted in part'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='sent', max_length=20),
        ),
        migrations.AlterField(
            model_name='requeststep',
            name='state',
            field=models.CharField(choices=[('sent', 'Sent'), ('acknowledged', 'Acknowledged'), ('reviewing', 'Being reviewed'), ('deferred', 'Put off'), ('granted', 'Granted'), ('granted-in-part', 'Granted in part'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], max_length=20),
        ),
        migrations.CreateModel(
            name='KeptDecision',
            fields=[
                ('grant', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='records.accessgrant')),
                ('why', models.CharField(blank=True, max_length=30)),
                ('preview', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kept', to='records.changepreview')),
            ],
        ),
        migrations.RunSQL(
            "revoke update, delete, truncate on records_keptdecision from portal_app",
            "grant update, delete on records_keptdecision to portal_app",
        ),
    ]
