"""Tasks that come of a pause, and what a patient asks for quietly: in the rows of the patient, and only ever added."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

PROTECT = """
alter table {table} enable row level security;
alter table {table} force row level security;
create policy one_patient on {table}
    using (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)
    with check (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid);
revoke update, delete, truncate on {table} from portal_app;
"""
UNPROTECT = """
drop policy one_patient on {table};
alter table {table} no force row level security;
alter table {table} disable row level security;
grant update, delete on {table} to portal_app;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0032_systems_that_send_extracts'),
        ('surgeries', '0005_what_a_surgery_sets'),
    ]

    operations = [
        migrations.AlterField(
            model_name='stafftask',
            name='kind',
            field=models.CharField(choices=[('review-starting-access', 'Review the access that was first set'), ('letter-ended', 'A registration letter ended after wrong tries'), ('correction', 'Someone says that an entry is wrong'), ('speak-first', 'The patient waits to be spoken to about a result'), ('request', 'The patient asks for their full record'), ('second-person', 'A second person has to agree to opening the full record'), ('clinician', 'A clinician is asked about an entry'), ('print-letter', 'A letter to print and send'), ('review-hidden', 'Look again at what is hidden'), ('dormant', 'Online access that nobody used for a year'), ('proxy-application', 'Somebody wants to act for the patient'), ('nomination', 'The patient names a person at their own address'), ('proxy-stopped', 'A patient stopped somebody who acts for them by law'), ('proxy-goes-on', 'Somebody who acts for a patient by law asks to go on'), ('age-review', 'A child’s age: look again at somebody who acts for them'), ('age-16', 'A young person is 16: see what they want instead'), ('proxy-dormant', 'Proxy access that nobody used for a year'), ('late-history', 'Older entries came that nobody has read'), ('access-again', 'The patient asks for online access again'), ('help', 'The patient asks for a talk alone: do not call or write')], max_length=40),
        ),
        migrations.CreateModel(
            name='HelpAsked',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('by_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('reach', models.CharField(choices=[('next-visit', 'Speak to me when I am next at the surgery'), ('i-come', 'I call or come in myself. Let whoever is there know'), ('call-when', 'Call me, but only when I say here'), ('nothing', 'Do not contact me. I want you to know')], max_length=10)),
                ('when', models.CharField(blank=True, max_length=200)),
                ('read_by', models.DateTimeField()),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
            ],
        ),
        migrations.CreateModel(
            name='HelpAnswered',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('by_id', models.UUIDField()),
                ('duty', models.CharField(choices=[('check-identity', 'Check identity'), ('review-entries', 'Review entries'), ('decide-access', 'Decide access'), ('manage-settings', "Manage the surgery's settings")], max_length=20)),
                ('at', models.DateTimeField()),
                ('text', models.CharField(max_length=500)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='help_answered_says_what_was_done', violation_error_message='Enter what was done, for colleagues')],
            },
        ),
        *(
            migrations.RunSQL(PROTECT.format(table=table), UNPROTECT.format(table=table))
            for table in ("records_helpasked", "records_helpanswered")
        ),
    ]
