"""What a patient does with a record: results opened, corrections, copies; columns to search and to compare by."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

OF_ONE_PATIENT = (
    "records_openedresult",
    "records_spokenabout",
    "records_resultwish",
    "records_visit",
    "records_knownword",
    "records_correction",
    "records_correctionmessage",
    "records_takeaway",
    "records_takeawaypiece",
)
PROTECT = """
alter table {table} enable row level security;
alter table {table} force row level security;
create policy one_patient on {table}
    using (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)
    with check (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid);
revoke truncate on {table} from portal_app;
"""
UNPROTECT = """
drop policy one_patient on {table};
alter table {table} no force row level security;
alter table {table} disable row level security;
"""
MAY_BE_DELETED = "records_takeawaypiece"


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0004_accounts_and_proofs'),
        ('surgeries', '0004_find_surgeries_by_their_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('entry_id', models.UUIDField()),
                ('opened_by_id', models.UUIDField()),
                ('opened_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('sent', 'Sent to your surgery'), ('read', 'Your surgery is looking at it'), ('corrected', 'Your surgery corrected the record'), ('kept', 'Your surgery kept the record as it is'), ('passed-on', 'Your surgery passed it to whoever wrote it'), ('taken-back', 'You took it back')], default='sent', max_length=12)),
                ('state_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CorrectionMessage',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('correction_id', models.UUIDField()),
                ('written_by_id', models.UUIDField()),
                ('is_from_surgery', models.BooleanField()),
                ('state', models.CharField(choices=[('sent', 'Sent to your surgery'), ('read', 'Your surgery is looking at it'), ('corrected', 'Your surgery corrected the record'), ('kept', 'Your surgery kept the record as it is'), ('passed-on', 'Your surgery passed it to whoever wrote it'), ('taken-back', 'You took it back')], max_length=12)),
                ('text', models.TextField()),
                ('written_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='KnownWord',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'word', blank=True, editable=False, primary_key=True, serialize=False)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('word', models.CharField(max_length=60)),
            ],
        ),
        migrations.CreateModel(
            name='OpenedResult',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('viewer_id', models.UUIDField()),
                ('entry_id', models.UUIDField()),
                ('opened_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ResultWish',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'category', blank=True, editable=False, primary_key=True, serialize=False)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('category', models.CharField(max_length=40)),
                ('wish', models.CharField(choices=[('show', 'Show them like other results'), ('ask', 'Ask me before each one opens'), ('hold', 'Keep them closed until my surgery has spoken to me')], max_length=10)),
                ('chosen_by_id', models.UUIDField()),
                ('chosen_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='SpokenAbout',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('entry_id', models.UUIDField()),
                ('spoken_by_id', models.UUIDField()),
                ('spoken_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Takeaway',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('viewer_id', models.UUIDField()),
                ('kind', models.CharField(choices=[('pdf', 'A document to read or print (PDF)'), ('summary', 'A summary for other health systems (FHIR)'), ('results', 'A table of test results (CSV)')], max_length=10)),
                ('basis', models.CharField(blank=True, max_length=64)),
                ('sections', models.JSONField(default=list)),
                ('from_on', models.DateField(null=True)),
                ('to_on', models.DateField(null=True)),
                ('state', models.CharField(choices=[('asked', 'Waiting'), ('making', 'Being made'), ('ready', 'Ready'), ('failed', 'Could not be made'), ('ended', 'No longer kept')], default='asked', max_length=10)),
                ('done', models.IntegerField(default=0)),
                ('total', models.IntegerField(null=True)),
                ('file_name', models.CharField(blank=True, max_length=100)),
                ('content_type', models.CharField(blank=True, max_length=100)),
                ('size', models.BigIntegerField(null=True)),
                ('asked_at', models.DateTimeField()),
                ('made_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('fetched_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='TakeawayPiece',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'takeaway_id', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('takeaway_id', models.UUIDField()),
                ('number', models.IntegerField()),
                ('content', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('pk', models.CompositePrimaryKey('patient_id', 'id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('viewer_id', models.UUIDField()),
                ('began_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='entry',
            name='flagged',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='entry',
            name='search_text',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True),
        ),
        migrations.AddField(
            model_name='entry',
            name='search_words',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True),
        ),
        migrations.AddField(
            model_name='entry',
            name='text_changed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='entry',
            name='words_changed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='stafftask',
            name='about_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name='stafftask',
            name='kind',
            field=models.CharField(choices=[('review-starting-access', 'Review the access that was first set'), ('letter-ended', 'A registration letter ended after wrong tries'), ('correction', 'Someone says that an entry is wrong'), ('speak-first', 'The patient waits to be spoken to about a result')], max_length=40),
        ),
        migrations.AddIndex(
            model_name='correction',
            index=models.Index(fields=['patient', 'entry_id'], name='correction_by_entry'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['sent', 'read'])), fields=('patient', 'entry_id', 'opened_by_id'), name='correction_open_once_per_entry', violation_error_message='You have already told your surgery about this'),
        ),
        migrations.AddIndex(
            model_name='correctionmessage',
            index=models.Index(fields=['patient', 'correction_id', 'written_at'], name='message_in_order'),
        ),
        migrations.AddConstraint(
            model_name='correctionmessage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('text', ''), _negated=True), ('state', 'taken-back'), ('state', 'read'), _connector='OR'), name='correction_message_has_words', violation_error_message='Write what is wrong'),
        ),
        migrations.AddIndex(
            model_name='openedresult',
            index=models.Index(fields=['patient', 'viewer_id', 'entry_id'], name='opened_result_by_entry'),
        ),
        migrations.AddIndex(
            model_name='spokenabout',
            index=models.Index(fields=['patient', 'entry_id'], name='spoken_about_by_entry'),
        ),
        migrations.AddIndex(
            model_name='takeaway',
            index=models.Index(fields=['patient', 'viewer_id', '-asked_at'], name='takeaway_newest'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(fields=['patient', 'viewer_id', '-began_at'], name='visit_newest'),
        ),
        *(
            migrations.RunSQL(PROTECT.format(table=table), UNPROTECT.format(table=table))
            for table in OF_ONE_PATIENT
        ),
        *(
            migrations.RunSQL(
                f"revoke delete on {table} from portal_app", f"grant delete on {table} to portal_app"
            )
            for table in OF_ONE_PATIENT
            if table != MAY_BE_DELETED
        ),
        migrations.RunSQL(
            "revoke update on records_correctionmessage, records_openedresult, records_spokenabout,"
            " records_visit, records_takeawaypiece from portal_app",
            "grant update on records_correctionmessage, records_openedresult, records_spokenabout,"
            " records_visit, records_takeawaypiece to portal_app",
        ),
    ]
