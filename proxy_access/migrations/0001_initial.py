"""Who may act for whom."""

import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import proxy_access.models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('surgeries', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name='ProxyGrant',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('legal_basis', models.CharField(choices=[('consent', 'The patient agreed'), ('parental-responsibility', 'Parental responsibility'), ('health-and-welfare-lasting-power-of-attorney', 'Lasting power of attorney'), ('court-appointed-personal-welfare-deputy', 'Deputy appointed by the court'), ('best-interest', 'Best interest of the patient')], max_length=50)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('allergies', 'Allergies and adverse reactions'), ('medicines', 'Medicines'), ('immunisations', 'Immunisations'), ('health-conditions', 'Health conditions'), ('test-results', 'Test results'), ('consultations', 'Consultations and events'), ('documents', 'Documents')], max_length=20))),
                ('status', models.CharField(choices=[('proposed', 'Proposed'), ('active', 'Active'), ('suspended', 'Suspended'), ('ended', 'Ended'), ('rejected', 'Rejected'), ('entered-in-error', 'Entered in error')], default='proposed', max_length=20)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('open_ended_because', models.CharField(blank=True, max_length=500)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proxy_grants', to='surgeries.patient')),
                ('proxy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proxy_grants', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='proxy_grant_does_not_end_before_it_starts', violation_error_message='The end date must be after the start date'), models.CheckConstraint(condition=models.Q(('ends_on__isnull', False), models.Q(('open_ended_because', ''), _negated=True), _connector='OR'), name='proxy_grant_has_an_end_date_or_a_reason', violation_error_message='Give an end date, or the reason for having none'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('status', models.Value('active'))), expressions=[('patient', '='), ('proxy', '='), (proxy_access.models.DateRange('starts_on', 'ends_on', django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_lower=True, inclusive_upper=True)), '&&')], name='proxy_grant_one_per_pair_at_a_time', violation_error_message='This person acts for the patient already on these dates')],
            },
        ),
    ]
