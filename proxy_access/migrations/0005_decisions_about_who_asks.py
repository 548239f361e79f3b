"""What the surgery decided about who asked to act for a patient; only ever added (R4.5)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = "proxy_access_proxydecision"


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0004_nominations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ProxyDecision',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('outcome', models.CharField(choices=[('granted', 'Granted'), ('rejected', 'Not granted')], max_length=10)),
                ('reason', models.CharField(choices=[('APPLICATION_SUBMITTED', 'Asked for'), ('APPLICATION_RESUBMITTED', 'Asked for again'), ('APPLICATION_WITHDRAWN', 'Taken back before it was decided'), ('APPLICATION_REJECTED_NOT_NEEDED', 'Not needed'), ('APPLICATION_REJECTED_SAFEGUARDING', 'Rejected: safeguarding concern'), ('APPLICATION_REJECTED_IDENTITY_NOT_VERIFIED', "The person's identity was not proved"), ('APPLICATION_REJECTED_NO_CONSENT', 'The patient does not agree'), ('APPLICATION_REJECTED_COERCION', 'Rejected: sign of coercion'), ('APPLICATION_REJECTED_PROXY_LACKS_CAPACITY', 'Rejected: the person lacks capacity'), ('APPLICATION_REJECTED_PROXY_ABROAD', 'Rejected: the person lives abroad'), ('APPLICATION_REJECTED_NO_LEGAL_BASIS', 'Relationship or legal basis not proved'), ('ROLE_CREATED', 'Set up by the surgery'), ('ROLE_ACTIVATED', 'Granted'), ('ROLE_REACTIVATED', 'Started again'), ('ROLE_SUSPENDED_PENDING_REVIEW', 'Suspended until somebody has looked at it'), ('ROLE_DEACTIVATED_SAFEGUARDING', 'Safeguarding concern'), ('ROLE_DEACTIVATED_PATIENT_REQUEST', 'The patient wants it'), ('ROLE_DEACTIVATED_PROXY_REQUEST', 'The person no longer wants to act for the patient'), ('ROLE_DEACTIVATED_END_DATE_REACHED', 'The end date came'), ('ROLE_DEACTIVATED_INACTIVE_ROLE', 'Not used any more'), ('ROLE_DEACTIVATED_PATIENT_DECEASED', 'The patient died'), ('ROLE_DEACTIVATED_PROXY_DECEASED', 'The person died'), ('ROLE_DEACTIVATED_FAMILIAL_REASON', 'Family reasons'), ('ROLE_DEACTIVATED_CHANGE_IN_RELATIONSHIP', 'The relationship, or its legal basis, changed'), ('ROLE_DEACTIVATED_PROXY_LACKS_CAPACITY', 'The person lacks capacity'), ('ROLE_DEACTIVATED_SYSTEM_MISUSE', 'Misuse'), ('ROLE_DEACTIVATED_PATIENT_GP_TRANSFERRED', 'The patient moved to another surgery'), ('ROLE_DEACTIVATED_PROXY_GP_TRANSFERRED', 'The person moved to another surgery'), ('ROLE_DEACTIVATED_PROXY_ABROAD', 'The person lives abroad'), ('OTHER', 'Another reason')], max_length=50)),
                ('legal_basis', models.CharField(choices=[('consent', 'The patient agreed'), ('parental-responsibility', 'Parental responsibility'), ('health-and-welfare-lasting-power-of-attorney', 'Lasting power of attorney'), ('court-appointed-personal-welfare-deputy', 'Deputy appointed by the court'), ('best-interest', 'Best interest of the patient')], max_length=50)),
                ('answers', models.JSONField(default=dict)),
                ('seen', models.JSONField(default=dict)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('allergies', 'Allergies and adverse reactions'), ('medicines', 'Medicines'), ('immunisations', 'Immunisations'), ('health-conditions', 'Health conditions'), ('test-results', 'Test results'), ('consultations', 'Consultations and events'), ('documents', 'Documents')], max_length=20))),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('open_ended_because', models.CharField(blank=True, max_length=500)),
                ('text', models.CharField(max_length=500)),
                ('told', models.CharField(choices=[('both', 'The patient and the person who asked'), ('applicant', 'The person who asked, not the patient'), ('patient', 'The patient, not the person who asked'), ('no-one', 'No one')], max_length=10)),
                ('duty', models.CharField(choices=[('check-identity', 'Check identity'), ('review-entries', 'Review entries'), ('decide-access', 'Decide access'), ('manage-settings', "Manage the surgery's settings")], max_length=20)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='proxy_access.proxygrant')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'granted'), _negated=True), ('told', 'both'), _connector='OR'), name='proxy_decision_that_grants_is_told_to_both', violation_error_message='A grant is told to both: it cannot be kept from either'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='proxy_decision_has_a_reason', violation_error_message='Enter the reason, for colleagues')],
            },
        ),
        migrations.RunSQL(
            f"revoke update, delete, truncate on {TABLE} from portal_app",
            f"grant update, delete on {TABLE} to portal_app",
        ),
    ]
