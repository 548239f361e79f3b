"""What another system last told of a grant that came from it; kept like the grant itself (ADR 7)."""

import django.db.models.deletion
from django.db import migrations, models

TABLE = "proxy_access_grantsource"


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0006_what_people_ask_for'),
        ('surgeries', '0005_what_a_surgery_sets'),
    ]

    operations = [
        migrations.CreateModel(
            name='GrantSource',
            fields=[
                ('grant', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='source', serialize=False, to='proxy_access.proxygrant')),
                ('source_id', models.CharField(max_length=64)),
                ('status', models.CharField(max_length=20)),
                ('reason', models.CharField(max_length=50)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('changed_at', models.DateTimeField(blank=True, null=True)),
                ('taken_at', models.DateTimeField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('patient', 'source_id'), name='grant_source_told_once_of_a_patient', violation_error_message='This grant was taken in already')],
            },
        ),
        migrations.RunSQL(
            f"revoke delete, truncate on {TABLE} from portal_app",
            f"grant delete on {TABLE} to portal_app",
        ),
    ]
