"""What patients say looks wrong in their activity; the new table is bound to its patient like those of the record."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

PROTECT = """
alter table records_activityreport enable row level security;
alter table records_activityreport force row level security;
create policy one_patient on records_activityreport
    using (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)
    with check (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid);
revoke delete, truncate on records_activityreport from portal_app;
"""
UNPROTECT = """
drop policy one_patient on records_activityreport;
alter table records_activityreport no force row level security;
alter table records_activityreport disable row level security;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0040_pauses_and_quiet_help'),
        ('surgeries', '0005_what_a_surgery_sets'),
    ]

    operations = [
        migrations.AlterField(
            model_name='stafftask',
            name='kind',
            field=models.CharField(choices=[('review-starting-access', 'Review the access that was first set'), ('letter-ended', 'A registration letter ended after wrong tries'), ('correction', 'Someone says that an entry is wrong'), ('speak-first', 'The patient waits to be spoken to about a result'), ('request', 'The patient asks for their full record'), ('second-person', 'A second person has to agree to opening the full record'), ('clinician', 'A clinician is asked about an entry'), ('print-letter', 'A letter to print and send'), ('review-hidden', 'Look again at what is hidden'), ('dormant', 'Online access that nobody used for a year'), ('proxy-application', 'Somebody wants to act for the patient'), ('nomination', 'The patient names a person at their own address'), ('proxy-stopped', 'A patient stopped somebody who acts for them by law'), ('proxy-goes-on', 'Somebody who acts for a patient by law asks to go on'), ('age-review', 'A child’s age: look again at somebody who acts for them'), ('age-16', 'A young person is 16: see what they want instead'), ('proxy-dormant', 'Proxy access that nobody used for a year'), ('late-history', 'Older entries came that nobody has read'), ('access-again', 'The patient asks for online access again'), ('help', 'The patient asks for a talk alone: do not call or write'), ('activity', 'The patient says that something in their activity looks wrong')], max_length=40),
        ),
        migrations.CreateModel(
            name='ActivityReport',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('event_id', models.UUIDField()),
                ('is_of_account', models.BooleanField()),
                ('reported_by_id', models.UUIDField()),
                ('reported_at', models.DateTimeField()),
                ('words', models.TextField(blank=True)),
                ('due_on', models.DateField()),
                ('state', models.CharField(choices=[('sent', 'Sent to your surgery'), ('read', 'Your surgery is looking at it'), ('answered', 'Your surgery answered')], default='sent', max_length=10)),
                ('state_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_by_id', models.UUIDField(null=True)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', '-reported_at'], name='activity_report_newest')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('sent', 'read'))), fields=('patient', 'event_id'), name='activity_report_one_open_per_event', violation_error_message='You have told your surgery about this already'), models.CheckConstraint(condition=models.Q(models.Q(('answered_by_id__isnull', False), ('state', 'answered'), models.Q(('answer', ''), _negated=True)), models.Q(models.Q(('state', 'answered'), _negated=True), ('answer', ''), ('answered_by_id', None)), _connector='OR'), name='activity_report_is_answered_with_words_by_somebody', violation_error_message='Write the answer for the patient')],
            },
        ),
        migrations.RunSQL(PROTECT, UNPROTECT),
    ]
