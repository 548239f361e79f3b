"""Why a grant stands where it does, and each change of it; the database refuses what may not come after what (R4.9)."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STEPS = "proxy_access_proxystep"
SAY_WHY = """
update proxy_access_proxygrant set status_reason = case status
    when 'proposed' then 'APPLICATION_SUBMITTED'
    when 'active' then 'ROLE_CREATED'
    when 'suspended' then 'ROLE_SUSPENDED_PENDING_REVIEW'
    when 'entered-in-error' then 'APPLICATION_WITHDRAWN'
    else 'OTHER'
end
"""
BEGIN_HISTORY = f"""
insert into {STEPS} (grant_id, status, reason, text, scopes, ends_on, by_id, duty, at, told_patient)
select id, status, status_reason, case status_reason when 'OTHER' then 'Before reasons were kept' else '' end,
    scopes, ends_on, decided_by_id,
    case when status = 'suspended' or decided_by_id is not null then 'decide-access' else '' end,
    coalesce(decided_at, now()), true
from proxy_access_proxygrant
"""
CHECK = """
create function proxy_grant_status_is_allowed() returns trigger language plpgsql as $$
declare
    before text := '';
begin
    if tg_op = 'UPDATE' then
        before := old.status;
        if (new.status, new.status_reason) = (old.status, old.status_reason) then
            return new;
        end if;
    end if;
    if not exists (select from (values
        ('', 'proposed', 'APPLICATION_SUBMITTED'),
        ('', 'active', 'ROLE_CREATED'),
        ('proposed', 'active', 'ROLE_ACTIVATED'),
        ('proposed', 'rejected', 'APPLICATION_REJECTED_NOT_NEEDED'),
        ('proposed', 'rejected', 'APPLICATION_REJECTED_SAFEGUARDING'),
        ('proposed', 'rejected', 'APPLICATION_REJECTED_IDENTITY_NOT_VERIFIED'),
        ('proposed', 'rejected', 'APPLICATION_REJECTED_NO_CONSENT'),
        ('proposed', 'rejected', 'APPLICATION_REJECTED_COERCION'),
        ('proposed', 'rejected', 'APPLICATION_REJECTED_PROXY_LACKS_CAPACITY'),
        ('proposed', 'rejected', 'APPLICATION_REJECTED_PROXY_ABROAD'),
        ('proposed', 'rejected', 'APPLICATION_REJECTED_NO_LEGAL_BASIS'),
        ('proposed', 'rejected', 'OTHER'),
        ('proposed', 'entered-in-error', 'APPLICATION_WITHDRAWN'),
        ('rejected', 'proposed', 'APPLICATION_RESUBMITTED'),
        ('active', 'suspended', 'ROLE_SUSPENDED_PENDING_REVIEW'),
        ('active', 'ended', 'ROLE_DEACTIVATED_SAFEGUARDING'),
        ('active', 'ended', 'ROLE_DEACTIVATED_PATIENT_REQUEST'),
        ('active', 'ended', 'ROLE_DEACTIVATED_PROXY_REQUEST'),
        ('active', 'ended', 'ROLE_DEACTIVATED_END_DATE_REACHED'),
        ('active', 'ended', 'ROLE_DEACTIVATED_INACTIVE_ROLE'),
        ('active', 'ended', 'ROLE_DEACTIVATED_PATIENT_DECEASED'),
        ('active', 'ended', 'ROLE_DEACTIVATED_PROXY_DECEASED'),
        ('active', 'ended', 'ROLE_DEACTIVATED_FAMILIAL_REASON'),
        ('active', 'ended', 'ROLE_DEACTIVATED_CHANGE_IN_RELATIONSHIP'),
        ('active', 'ended', 'ROLE_DEACTIVATED_PROXY_LACKS_CAPACITY'),
        ('active', 'ended', 'ROLE_DEACTIVATED_SYSTEM_MISUSE'),
        ('active', 'ended', 'ROLE_DEACTIVATED_PATIENT_GP_TRANSFERRED'),
        ('active', 'ended', 'ROLE_DEACTIVATED_PROXY_GP_TRANSFERRED'),
        ('active', 'ended', 'ROLE_DEACTIVATED_PROXY_ABROAD'),
        ('active', 'ended', 'OTHER'),
        ('suspended', 'active', 'ROLE_REACTIVATED'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_SAFEGUARDING'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_PATIENT_REQUEST'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_PROXY_REQUEST'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_END_DATE_REACHED'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_INACTIVE_ROLE'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_PATIENT_DECEASED'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_PROXY_DECEASED'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_FAMILIAL_REASON'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_CHANGE_IN_RELATIONSHIP'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_PROXY_LACKS_CAPACITY'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_SYSTEM_MISUSE'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_PATIENT_GP_TRANSFERRED'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_PROXY_GP_TRANSFERRED'),
        ('suspended', 'ended', 'ROLE_DEACTIVATED_PROXY_ABROAD'),
        ('suspended', 'ended', 'OTHER')
    ) allowed (before_it, after_it, reason)
    where before_it = before and after_it = new.status and reason = new.status_reason) then
        raise exception using errcode = 'check_violation',
            message = format('a grant does not go from "%s" to "%s" for "%s"', before, new.status, new.status_reason);
    end if;
    return new;
end
$$;
create trigger proxy_grant_status_is_allowed before insert or update on proxy_access_proxygrant
for each row execute function proxy_grant_status_is_allowed();
"""
NO_CHECK = """
drop trigger proxy_grant_status_is_allowed on proxy_access_proxygrant;
drop function proxy_grant_status_is_allowed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0002_nothing_is_deleted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='proxygrant',
            name='status_reason',
            field=models.CharField(choices=[('APPLICATION_SUBMITTED', 'Asked for'), ('APPLICATION_RESUBMITTED', 'Asked for again'), ('APPLICATION_WITHDRAWN', 'Taken back before it was decided'), ('APPLICATION_REJECTED_NOT_NEEDED', 'Not needed'), ('APPLICATION_REJECTED_SAFEGUARDING', 'Rejected: safeguarding concern'), ('APPLICATION_REJECTED_IDENTITY_NOT_VERIFIED', "The person's identity was not proved"), ('APPLICATION_REJECTED_NO_CONSENT', 'The patient does not agree'), ('APPLICATION_REJECTED_COERCION', 'Rejected: sign of coercion'), ('APPLICATION_REJECTED_PROXY_LACKS_CAPACITY', 'Rejected: the person lacks capacity'), ('APPLICATION_REJECTED_PROXY_ABROAD', 'Rejected: the person lives abroad'), ('APPLICATION_REJECTED_NO_LEGAL_BASIS', 'Relationship or legal basis not proved'), ('ROLE_CREATED', 'Set up by the surgery'), ('ROLE_ACTIVATED', 'Granted'), ('ROLE_REACTIVATED', 'Started again'), ('ROLE_SUSPENDED_PENDING_REVIEW', 'Suspended until somebody has looked at it'), ('ROLE_DEACTIVATED_SAFEGUARDING', 'Safeguarding concern'), ('ROLE_DEACTIVATED_PATIENT_REQUEST', 'The patient wants it'), ('ROLE_DEACTIVATED_PROXY_REQUEST', 'The person no longer wants to act for the patient'), ('ROLE_DEACTIVATED_END_DATE_REACHED', 'The end date came'), ('ROLE_DEACTIVATED_INACTIVE_ROLE', 'Not used any more'), ('ROLE_DEACTIVATED_PATIENT_DECEASED', 'The patient died'), ('ROLE_DEACTIVATED_PROXY_DECEASED', 'The person died'), ('ROLE_DEACTIVATED_FAMILIAL_REASON', 'Family reasons'), ('ROLE_DEACTIVATED_CHANGE_IN_RELATIONSHIP', 'The relationship, or its legal basis, changed'), ('ROLE_DEACTIVATED_PROXY_LACKS_CAPACITY', 'The person lacks capacity'), ('ROLE_DEACTIVATED_SYSTEM_MISUSE', 'Misuse'), ('ROLE_DEACTIVATED_PATIENT_GP_TRANSFERRED', 'The patient moved to another surgery'), ('ROLE_DEACTIVATED_PROXY_GP_TRANSFERRED', 'The person moved to another surgery'), ('ROLE_DEACTIVATED_PROXY_ABROAD', 'The person lives abroad'), ('OTHER', 'Another reason')], default='', max_length=50),
            preserve_default=False,
        ),
        migrations.RunSQL(SAY_WHY, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='ProxyStep',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('proposed', 'Proposed'), ('active', 'Active'), ('suspended', 'Suspended'), ('ended', 'Ended'), ('rejected', 'Rejected'), ('entered-in-error', 'Entered in error')], max_length=20)),
                ('reason', models.CharField(blank=True, choices=[('APPLICATION_SUBMITTED', 'Asked for'), ('APPLICATION_RESUBMITTED', 'Asked for again'), ('APPLICATION_WITHDRAWN', 'Taken back before it was decided'), ('APPLICATION_REJECTED_NOT_NEEDED', 'Not needed'), ('APPLICATION_REJECTED_SAFEGUARDING', 'Rejected: safeguarding concern'), ('APPLICATION_REJECTED_IDENTITY_NOT_VERIFIED', "The person's identity was not proved"), ('APPLICATION_REJECTED_NO_CONSENT', 'The patient does not agree'), ('APPLICATION_REJECTED_COERCION', 'Rejected: sign of coercion'), ('APPLICATION_REJECTED_PROXY_LACKS_CAPACITY', 'Rejected: the person lacks capacity'), ('APPLICATION_REJECTED_PROXY_ABROAD', 'Rejected: the person lives abroad'), ('APPLICATION_REJECTED_NO_LEGAL_BASIS', 'Relationship or legal basis not proved'), ('ROLE_CREATED', 'Set up by the surgery'), ('ROLE_ACTIVATED', 'Granted'), ('ROLE_REACTIVATED', 'Started again'), ('ROLE_SUSPENDED_PENDING_REVIEW', 'Suspended until somebody has looked at it'), ('ROLE_DEACTIVATED_SAFEGUARDING', 'Safeguarding concern'), ('ROLE_DEACTIVATED_PATIENT_REQUEST', 'The patient wants it'), ('ROLE_DEACTIVATED_PROXY_REQUEST', 'The person no longer wants to act for the patient'), ('ROLE_DEACTIVATED_END_DATE_REACHED', 'The end date came'), ('ROLE_DEACTIVATED_INACTIVE_ROLE', 'Not used any more'), ('ROLE_DEACTIVATED_PATIENT_DECEASED', 'The patient died'), ('ROLE_DEACTIVATED_PROXY_DECEASED', 'The person died'), ('ROLE_DEACTIVATED_FAMILIAL_REASON', 'Family reasons'), ('ROLE_DEACTIVATED_CHANGE_IN_RELATIONSHIP', 'The relationship, or its legal basis, changed'), ('ROLE_DEACTIVATED_PROXY_LACKS_CAPACITY', 'The person lacks capacity'), ('ROLE_DEACTIVATED_SYSTEM_MISUSE', 'Misuse'), ('ROLE_DEACTIVATED_PATIENT_GP_TRANSFERRED', 'The patient moved to another surgery'), ('ROLE_DEACTIVATED_PROXY_GP_TRANSFERRED', 'The person moved to another surgery'), ('ROLE_DEACTIVATED_PROXY_ABROAD', 'The person lives abroad'), ('OTHER', 'Another reason')], max_length=50)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('allergies', 'Allergies and adverse reactions'), ('medicines', 'Medicines'), ('immunisations', 'Immunisations'), ('health-conditions', 'Health conditions'), ('test-results', 'Test results'), ('consultations', 'Consultations and events'), ('documents', 'Documents')], max_length=20))),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('duty', models.CharField(blank=True, choices=[('check-identity', 'Check identity'), ('review-entries', 'Review entries'), ('decide-access', 'Decide access'), ('manage-settings', "Manage the surgery's settings")], max_length=20)),
                ('at', models.DateTimeField()),
                ('told_patient', models.BooleanField(default=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='proxy_access.proxygrant')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('reason', 'OTHER'), _negated=True), models.Q(('text', ''), _negated=True), _connector='OR'), name='proxy_step_of_another_reason_says_which', violation_error_message='Say what the other reason is')],
            },
        ),
        migrations.RunSQL(BEGIN_HISTORY, migrations.RunSQL.noop),
        migrations.RunSQL(
            f"revoke update, delete, truncate on {STEPS} from portal_app",
            f"grant update, delete on {STEPS} to portal_app",
        ),
        migrations.RunSQL(CHECK, NO_CHECK),
    ]
