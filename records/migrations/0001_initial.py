"""The tables of the record; entries are spread over partitions by patient."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from records.partitions import CreateModelByPatient


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('surgeries', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Document',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'entry_id', 'position', blank=True, editable=False, primary_key=True, serialize=False)),
                ('entry_id', models.UUIDField()),
                ('position', models.IntegerField()),
                ('title', models.TextField(blank=True)),
                ('content_type', models.CharField(blank=True, max_length=200)),
                ('size', models.BigIntegerField(null=True)),
                ('source_url', models.TextField(blank=True)),
                ('withheld', models.BooleanField(default=False)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
            ],
        ),
        migrations.CreateModel(
            name='ImportedExtract',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('content_hash', models.CharField(max_length=64)),
                ('extracted_at', models.DateTimeField(null=True)),
                ('loaded_at', models.DateTimeField()),
                ('sections', models.JSONField(default=list)),
                ('counts', models.JSONField(default=dict)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
            ],
        ),
        migrations.CreateModel(
            name='SectionNotice',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'section', 'code', blank=True, editable=False, primary_key=True, serialize=False)),
                ('section', models.CharField(choices=[('allergies', 'Allergies and adverse reactions'), ('medicines', 'Medicines'), ('immunisations', 'Immunisations'), ('health-conditions', 'Health conditions'), ('test-results', 'Test results'), ('consultations', 'Consultations and events'), ('documents', 'Documents')], max_length=20)),
                ('code', models.CharField(max_length=40)),
                ('source_text', models.TextField(blank=True)),
                ('given_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
            ],
        ),
        migrations.CreateModel(
            name='StaffTask',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('review-starting-access', 'Review the access that was first set')], max_length=40)),
                ('because', models.CharField(max_length=300)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='staff_tasks', to='surgeries.patient')),
            ],
        ),
        migrations.CreateModel(
            name='WarningAgreement',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version', models.CharField(max_length=20)),
                ('agreed_at', models.DateTimeField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='AccessGrant',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('decision', models.CharField(choices=[('granted', 'Access granted'), ('denied', 'Access denied'), ('paused', 'Access paused')], max_length=10)),
                ('current_level', models.CharField(choices=[('none', 'Nothing'), ('summary', 'Medicines and allergies'), ('detailed', 'Coded entries'), ('documents', 'Coded entries and documents'), ('full', 'Everything, with free text')], default='none', max_length=20)),
                ('historical_level', models.CharField(choices=[('none', 'Nothing'), ('summary', 'Medicines and allergies'), ('detailed', 'Coded entries'), ('documents', 'Coded entries and documents'), ('full', 'Everything, with free text')], default='none', max_length=20)),
                ('starts_on', models.DateField(blank=True, null=True)),
                ('restricted_sections', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('allergies', 'Allergies and adverse reactions'), ('medicines', 'Medicines'), ('immunisations', 'Immunisations'), ('health-conditions', 'Health conditions'), ('test-results', 'Test results'), ('consultations', 'Consultations and events'), ('documents', 'Documents')], max_length=20), blank=True, null=True)),
                ('duty', models.CharField(blank=True, choices=[('check-identity', 'Check identity'), ('review-entries', 'Review entries'), ('decide-access', 'Decide access'), ('manage-settings', "Manage the surgery's settings")], max_length=20)),
                ('decided_at', models.DateTimeField()),
                ('reason', models.TextField()),
                ('reason_for_patient', models.TextField(blank=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='access_grants', to='surgeries.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', '-id'], name='access_grant_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('current_level', 'none'), ('historical_level__in', ['none'])), models.Q(('current_level', 'summary'), ('historical_level__in', ['none', 'summary'])), models.Q(('current_level', 'detailed'), ('historical_level__in', ['none', 'summary', 'detailed'])), models.Q(('current_level', 'documents'), ('historical_level__in', ['none', 'summary', 'detailed', 'documents'])), models.Q(('current_level', 'full'), ('historical_level__in', ['none', 'summary', 'detailed', 'documents', 'full'])), _connector='OR'), name='access_grant_historical_is_not_above_current', violation_error_message="Access to older entries can't be higher than access to new ones"), models.CheckConstraint(condition=models.Q(('decision', 'granted'), models.Q(('current_level', 'none'), ('historical_level', 'none')), _connector='OR'), name='access_grant_without_access_has_no_levels', violation_error_message='Access that is denied or paused has no levels'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='access_grant_has_a_reason', violation_error_message='Give a reason for the decision')],
            },
        ),
        CreateModelByPatient(
            name='Entry',
            partitions=16,
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('root_id', models.UUIDField(null=True)),
                ('repeats_id', models.UUIDField(null=True)),
                ('position', models.IntegerField(default=0)),
                ('section', models.CharField(choices=[('allergies', 'Allergies and adverse reactions'), ('medicines', 'Medicines'), ('immunisations', 'Immunisations'), ('health-conditions', 'Health conditions'), ('test-results', 'Test results'), ('consultations', 'Consultations and events'), ('documents', 'Documents')], max_length=20)),
                ('kind', models.CharField(max_length=20)),
                ('title', models.TextField()),
                ('effective_on', models.DateField(null=True)),
                ('effective_time', models.TimeField(null=True)),
                ('effective_precision', models.CharField(choices=[('time', 'Time'), ('day', 'Day'), ('month', 'Month'), ('year', 'Year'), ('unknown', 'Unknown')], default='unknown', max_length=10)),
                ('recorded_at', models.DateTimeField(null=True)),
                ('recorded_from', models.CharField(choices=[('source', 'The source says'), ('extract', 'It first came with a later extract'), ('unknown', 'Not known')], default='unknown', max_length=10)),
                ('origin', models.CharField(choices=[('native', 'This surgery'), ('transferred', 'Another surgery'), ('back-scanned', 'Scanned from paper'), ('summarised', 'Summarised from older notes')], default='native', max_length=20)),
                ('level_needed', models.CharField(choices=[('none', 'Nothing'), ('summary', 'Medicines and allergies'), ('detailed', 'Coded entries'), ('documents', 'Coded entries and documents'), ('full', 'Everything, with free text')], max_length=20)),
                ('details', models.JSONField(default=dict)),
                ('free_text', models.JSONField(null=True)),
                ('released', models.BooleanField(default=True)),
                ('unreleased_because', models.CharField(blank=True, max_length=30)),
                ('source_system', models.CharField(max_length=200)),
                ('source_type', models.CharField(max_length=60)),
                ('source_id', models.CharField(max_length=300)),
                ('content_hash', models.CharField(max_length=64)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_because', models.CharField(blank=True, max_length=200)),
                ('added_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
            ],
            options={
                'verbose_name_plural': 'entries',
                'indexes': [models.Index('patient', 'section', models.OrderBy(models.F('effective_on'), descending=True, nulls_last=True), models.OrderBy(models.F('effective_time'), descending=True, nulls_last=True), 'position', 'id', condition=models.Q(('root_id', None)), name='entry_by_section'), models.Index(fields=['patient', 'root_id', 'position'], name='entry_parts')],
                'constraints': [models.UniqueConstraint(fields=('patient', 'source_system', 'source_type', 'source_id'), name='entry_once_per_source'), models.CheckConstraint(condition=models.Q(models.Q(('released', True), ('unreleased_because', '')), models.Q(('released', False), models.Q(('unreleased_because', ''), _negated=True)), _connector='OR'), name='entry_unreleased_has_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at', None), ('withdrawn_because', '')), models.Q(('withdrawn_at__isnull', False), models.Q(('withdrawn_because', ''), _negated=True)), _connector='OR'), name='entry_withdrawn_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Redaction',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('entry_id', models.UUIDField()),
                ('audience', models.CharField(choices=[('everyone', 'Everyone online: the patient and all proxies'), ('proxies', 'All proxies'), ('one-proxy', 'One proxy')], max_length=20)),
                ('proxy_id', models.UUIDField(blank=True, null=True)),
                ('reason', models.TextField()),
                ('hidden_by_id', models.UUIDField()),
                ('hidden_at', models.DateTimeField()),
                ('undone_by_id', models.UUIDField(blank=True, null=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('undone_at', None)), fields=['patient', 'entry_id'], name='redaction_by_entry')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('audience', 'one-proxy'), ('proxy_id__isnull', False)), models.Q(models.Q(('audience', 'one-proxy'), _negated=True), ('proxy_id', None)), _connector='OR'), name='redaction_names_a_proxy_only_for_one_proxy', violation_error_message='Choose which proxy this is hidden from'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='redaction_has_a_reason', violation_error_message='Give a reason for hiding this'), models.CheckConstraint(condition=models.Q(models.Q(('undone_at', None), ('undone_by_id', None)), models.Q(('undone_at__isnull', False), ('undone_by_id__isnull', False)), _connector='OR'), name='redaction_undone_by_someone'), models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('patient', 'entry_id', 'audience', 'proxy_id'), name='redaction_once_per_audience', nulls_distinct=False, violation_error_message='This is hidden already')],
            },
        ),
    ]
