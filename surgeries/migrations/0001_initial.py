"""Surgeries and patients."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import surgeries.models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Surgery',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('ods_code', models.CharField(max_length=10, unique=True, verbose_name='ODS code')),
                ('name', models.CharField(max_length=200)),
                ('address', models.TextField(blank=True)),
                ('phone', models.CharField(blank=True, max_length=40)),
                ('opening_hours', models.JSONField(blank=True, default=dict)),
                ('go_live_on', models.DateField(blank=True, null=True)),
                ('default_current_level', models.CharField(choices=[('none', 'Nothing'), ('summary', 'Medicines and allergies'), ('detailed', 'Coded entries'), ('documents', 'Coded entries and documents'), ('full', 'Everything, with free text')], default='full', max_length=20)),
                ('default_historical_level', models.CharField(choices=[('none', 'Nothing'), ('summary', 'Medicines and allergies'), ('detailed', 'Coded entries'), ('documents', 'Coded entries and documents'), ('full', 'Everything, with free text')], default='summary', max_length=20)),
                ('proxy_review_age', models.PositiveSmallIntegerField(default=11)),
                ('restricted_sections', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('allergies', 'Allergies and adverse reactions'), ('medicines', 'Medicines'), ('immunisations', 'Immunisations'), ('health-conditions', 'Health conditions'), ('test-results', 'Test results'), ('consultations', 'Consultations and events'), ('documents', 'Documents')], max_length=20), blank=True, default=list)),
            ],
            options={
                'verbose_name_plural': 'surgeries',
                'constraints': [models.CheckConstraint(condition=models.Q(('proxy_review_age__range', (11, 13))), name='surgery_review_age_is_11_to_13', violation_error_message='The review age is 11, 12 or 13'), models.CheckConstraint(condition=models.Q(models.Q(('default_current_level', 'none'), ('default_historical_level__in', ['none'])), models.Q(('default_current_level', 'summary'), ('default_historical_level__in', ['none', 'summary'])), models.Q(('default_current_level', 'detailed'), ('default_historical_level__in', ['none', 'summary', 'detailed'])), models.Q(('default_current_level', 'documents'), ('default_historical_level__in', ['none', 'summary', 'detailed', 'documents'])), models.Q(('default_current_level', 'full'), ('default_historical_level__in', ['none', 'summary', 'detailed', 'documents', 'full'])), _connector='OR'), name='surgery_historical_default_is_not_above_current', violation_error_message="The default for older entries can't be higher than the one for new entries")],
            },
        ),
        migrations.CreateModel(
            name='Patient',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('nhs_number', models.CharField(max_length=10, validators=[surgeries.models.check_nhs_number], verbose_name='NHS number')),
                ('family_name', models.CharField(max_length=200)),
                ('given_names', models.CharField(max_length=200)),
                ('date_of_birth', models.DateField()),
                ('registered_on', models.DateField()),
                ('left_on', models.DateField(blank=True, null=True)),
                ('died_on', models.DateField(blank=True, null=True)),
                ('is_restricted', models.BooleanField(default=False)),
                ('surgery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='patients', to='surgeries.surgery')),
            ],
            options={
                'indexes': [models.Index(fields=['surgery', 'family_name'], name='patient_by_name')],
                'constraints': [models.CheckConstraint(condition=models.Q(('nhs_number__regex', '^[0-9]{10}$')), name='patient_nhs_number_is_ten_digits', violation_error_message='An NHS number has 10 digits'), models.UniqueConstraint(condition=models.Q(('left_on', None)), fields=('nhs_number',), name='patient_on_one_list_at_a_time', violation_error_message="This NHS number is on a surgery's list already"), models.CheckConstraint(condition=models.Q(('left_on', None), ('left_on__gte', models.F('registered_on')), _connector='OR'), name='patient_does_not_leave_before_registering', violation_error_message='The day of leaving must not be before the day of registering')],
            },
        ),
    ]
