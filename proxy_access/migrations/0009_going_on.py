"""Letting a grant go on, asking for it, and that both sides were told that it ends; columns that may be empty, so no row is written."""

import django.db.models.deletion
from django.db import migrations, models

NOTICES = "proxy_access_endnotice"


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0008_organisations'),
    ]

    operations = [
        migrations.AddField(
            model_name='proxygrant',
            name='asked_to_go_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='proxystep',
            name='went_on_from',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='EndNotice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('ends_on', models.DateField()),
                ('days_before', models.PositiveSmallIntegerField()),
                ('told_at', models.DateTimeField()),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='end_notices', to='proxy_access.proxygrant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('grant', 'ends_on', 'days_before'), name='end_notice_is_given_once')],
            },
        ),
        migrations.RunSQL(
            f"revoke update, delete, truncate on {NOTICES} from portal_app",
            f"grant update, delete on {NOTICES} to portal_app",
        ),
    ]
