"""What the surgery's desk keeps: requests and their steps, reviews before a grant, changes for many patients.

Every column that is added to a table with rows is empty or has a default in the database, so nothing is rewritten.
"""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PROTECT = """
alter table records_entrydecision enable row level security;
alter table records_entrydecision force row level security;
create policy one_patient on records_entrydecision
    using (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)
    with check (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid);
"""
UNPROTECT = """
drop policy one_patient on records_entrydecision;
alter table records_entrydecision no force row level security;
alter table records_entrydecision disable row level security;
"""
KEPT = (
    "records_accessrequest, records_requeststep, records_grantreview, records_entrydecision,"
    " records_practicechange"
)


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0007_words_lead_to_entries'),
        ('surgeries', '0005_what_a_surgery_sets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessRequest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('asked_at', models.DateTimeField()),
                ('words', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('sent', 'Sent'), ('acknowledged', 'Acknowledged'), ('reviewing', 'Being reviewed'), ('deferred', 'Put off'), ('granted', 'Granted'), ('granted-in-part', 'Granted in part'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn by the patient')], default='sent', max_length=20)),
                ('state_at', models.DateTimeField()),
                ('due_on', models.DateField()),
                ('deferred_until', models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='EntryDecision',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('review_id', models.UUIDField()),
                ('entry_id', models.UUIDField()),
                ('kind', models.CharField(choices=[('show', 'Show it'), ('hide', 'Hide it'), ('ask', 'Ask a clinician')], max_length=4)),
                ('reason', models.TextField(blank=True)),
                ('rules', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list)),
                ('decided_by_id', models.UUIDField()),
                ('decided_at', models.DateTimeField()),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='GrantReview',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('current_level', models.CharField(choices=[('none', 'Nothing'), ('summary', 'Medicines and allergies'), ('detailed', 'Coded entries'), ('documents', 'Coded entries and documents'), ('full', 'Everything, with free text')], max_length=20)),
                ('historical_level', models.CharField(choices=[('none', 'Nothing'), ('summary', 'Medicines and allergies'), ('detailed', 'Coded entries'), ('documents', 'Coded entries and documents'), ('full', 'Everything, with free text')], max_length=20)),
                ('starts_on', models.DateField(blank=True, null=True)),
                ('restricted_sections', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('allergies', 'Allergies and adverse reactions'), ('medicines', 'Medicines'), ('immunisations', 'Immunisations'), ('health-conditions', 'Health conditions'), ('test-results', 'Test results'), ('consultations', 'Consultations and events'), ('documents', 'Documents')], max_length=20), blank=True, null=True)),
                ('opened_at', models.DateTimeField()),
                ('rest_accepted_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('dropped_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='PracticeChange',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('cohort', models.JSONField()),
                ('current_level', models.CharField(choices=[('none', 'Nothing'), ('summary', 'Medicines and allergies'), ('detailed', 'Coded entries'), ('documents', 'Coded entries and documents'), ('full', 'Everything, with free text')], max_length=20)),
                ('historical_level', models.CharField(choices=[('none', 'Nothing'), ('summary', 'Medicines and allergies'), ('detailed', 'Coded entries'), ('documents', 'Coded entries and documents'), ('full', 'Everything, with free text')], max_length=20)),
                ('reason', models.TextField()),
                ('reason_for_patient', models.TextField(blank=True)),
                ('counted', models.JSONField(default=dict)),
                ('made_at', models.DateTimeField()),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='RequestStep',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('sent', 'Sent'), ('acknowledged', 'Acknowledged'), ('reviewing', 'Being reviewed'), ('deferred', 'Put off'), ('granted', 'Granted'), ('granted-in-part', 'Granted in part'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn by the patient')], max_length=20)),
                ('duty', models.CharField(blank=True, choices=[('check-identity', 'Check identity'), ('review-entries', 'Review entries'), ('decide-access', 'Decide access'), ('manage-settings', "Manage the surgery's settings")], max_length=20)),
                ('at', models.DateTimeField()),
                ('reason', models.TextField(blank=True)),
                ('reason_for_patient', models.TextField(blank=True)),
                ('ground', models.CharField(blank=True, choices=[('serious-harm', 'Likely serious harm to the patient or somebody else'), ('third-party', 'What another person said, or what is about them')], max_length=20)),
                ('professional', models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.AddField(
            model_name='accessgrant',
            name='practice_change_id',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='redaction',
            name='review_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='redaction',
            name='together_id',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='stafftask',
            name='due_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='stafftask',
            name='held_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='stafftask',
            name='shows_from',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='stafftask',
            name='version',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name='stafftask',
            name='kind',
            field=models.CharField(choices=[('review-starting-access', 'Review the access that was first set'), ('letter-ended', 'A registration letter ended after wrong tries'), ('correction', 'Someone says that an entry is wrong'), ('speak-first', 'The patient waits to be spoken to about a result'), ('request', 'The patient asks for their full record'), ('second-person', 'A second person has to agree to opening the full record'), ('clinician', 'A clinician is asked about an entry'), ('print-letter', 'A letter to print and send'), ('review-hidden', 'Look again at what is hidden'), ('dormant', 'Online access that nobody used for a year'), ('proxy-application', 'Somebody wants to act for the patient')], max_length=40),
        ),
        migrations.AddIndex(
            model_name='stafftask',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['patient', 'kind'], name='staff_task_open'),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='access_requests', to='surgeries.patient'),
        ),
        migrations.AddField(
            model_name='grantreview',
            name='finished_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='grantreview',
            name='opened_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='grantreview',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grant_reviews', to='surgeries.patient'),
        ),
        migrations.AddField(
            model_name='grantreview',
            name='request',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='records.accessrequest'),
        ),
        migrations.AddField(
            model_name='grantreview',
            name='rest_accepted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='practicechange',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='practicechange',
            name='surgery',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.surgery'),
        ),
        migrations.AddField(
            model_name='practicechange',
            name='undone_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='requeststep',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='requeststep',
            name='grant',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.accessgrant'),
        ),
        migrations.AddField(
            model_name='requeststep',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='records.accessrequest'),
        ),
        migrations.AddIndex(
            model_name='accessrequest',
            index=models.Index(fields=['patient', '-asked_at'], name='access_request_newest'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('sent', 'acknowledged', 'reviewing', 'deferred'))), fields=('patient',), name='access_request_one_open_per_patient', violation_error_message='There is an open request already'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deferred_until__isnull', False), ('state', 'deferred')), models.Q(models.Q(('state', 'deferred'), _negated=True), ('deferred_until', None)), _connector='OR'), name='access_request_is_put_off_until_a_day', violation_error_message='Say until when the request is put off'),
        ),
        migrations.AddConstraint(
            model_name='entrydecision',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('patient', 'review_id', 'entry_id'), name='entry_decision_holds_once'),
        ),
        migrations.AddConstraint(
            model_name='entrydecision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'hide'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='entry_decision_to_hide_has_a_reason', violation_error_message='Give a reason for hiding this'),
        ),
        migrations.AddConstraint(
            model_name='grantreview',
            constraint=models.UniqueConstraint(condition=models.Q(('dropped_at', None), ('used_at', None)), fields=('patient',), name='grant_review_one_open_per_patient', violation_error_message='A review of this patient is open already'),
        ),
        migrations.AddConstraint(
            model_name='grantreview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('current_level', 'none'), ('historical_level__in', ['none'])), models.Q(('current_level', 'summary'), ('historical_level__in', ['none', 'summary'])), models.Q(('current_level', 'detailed'), ('historical_level__in', ['none', 'summary', 'detailed'])), models.Q(('current_level', 'documents'), ('historical_level__in', ['none', 'summary', 'detailed', 'documents'])), models.Q(('current_level', 'full'), ('historical_level__in', ['none', 'summary', 'detailed', 'documents', 'full'])), _connector='OR'), name='grant_review_historical_is_not_above_current', violation_error_message="Access to older entries can't be higher than access to new ones"),
        ),
        migrations.AddConstraint(
            model_name='practicechange',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='practice_change_has_a_reason', violation_error_message='Give a reason for the change'),
        ),
        migrations.AddConstraint(
            model_name='practicechange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('current_level', 'none'), ('historical_level__in', ['none'])), models.Q(('current_level', 'summary'), ('historical_level__in', ['none', 'summary'])), models.Q(('current_level', 'detailed'), ('historical_level__in', ['none', 'summary', 'detailed'])), models.Q(('current_level', 'documents'), ('historical_level__in', ['none', 'summary', 'detailed', 'documents'])), models.Q(('current_level', 'full'), ('historical_level__in', ['none', 'summary', 'detailed', 'documents', 'full'])), _connector='OR'), name='practice_change_historical_is_not_above_current', violation_error_message="Access to older entries can't be higher than access to new ones"),
        ),
        migrations.AddConstraint(
            model_name='requeststep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['granted', 'granted-in-part', 'refused', 'deferred']), _negated=True), models.Q(models.Q(('reason', ''), _negated=True), models.Q(('reason_for_patient', ''), _negated=True)), _connector='OR'), name='request_step_of_staff_has_a_reason', violation_error_message='Give a reason for colleagues and words for the patient'),
        ),
        migrations.AddConstraint(
            model_name='requeststep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ground__in', ['serious-harm', 'third-party']), ('state', 'refused')), models.Q(models.Q(('state', 'refused'), _negated=True), ('ground', '')), _connector='OR'), name='request_step_refuses_only_on_a_ground', violation_error_message='Choose the ground for refusing'),
        ),
        migrations.AddConstraint(
            model_name='requeststep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ground', 'serious-harm'), _negated=True), models.Q(('professional', ''), _negated=True), _connector='OR'), name='request_step_for_harm_names_a_professional', violation_error_message='Name the health professional who decided this'),
        ),
        migrations.RunSQL(PROTECT, UNPROTECT),
        migrations.RunSQL(
            f"revoke delete, truncate on {KEPT} from portal_app",
            f"grant delete on {KEPT} to portal_app",
        ),
        migrations.RunSQL(
            "revoke update on records_requeststep from portal_app",
            "grant update on records_requeststep to portal_app",
        ),
    ]
