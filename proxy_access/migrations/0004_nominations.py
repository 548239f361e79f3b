"""Whom a patient wants to let act for them, and what they agreed to; kept whatever comes of it (R4.4)."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

NOMINATIONS, CONSENTS = "proxy_access_nomination", "proxy_access_proxyconsent"
CHECK = f"""
create function nomination_state_is_allowed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'draft' then
            raise exception using errcode = 'check_violation', message = 'a nomination begins as a draft';
        end if;
        return new;
    end if;
    if new.state <> old.state and not exists (select from (values
        ('draft', 'sent'),
        ('draft', 'with-surgery'),
        ('draft', 'cancelled'),
        ('with-surgery', 'sent'),
        ('with-surgery', 'cancelled'),
        ('sent', 'accepted'),
        ('sent', 'declined'),
        ('sent', 'cancelled'),
        ('accepted', 'cancelled')
    ) allowed (before_it, after_it) where before_it = old.state and after_it = new.state) then
        raise exception using errcode = 'check_violation',
            message = format('a nomination does not go from "%s" to "%s"', old.state, new.state);
    end if;
    if old.state <> 'draft' and (old.scopes, coalesce(old.ends_on, 'infinity'), old.open_ended_because, old.name)
        is distinct from (new.scopes, coalesce(new.ends_on, 'infinity'), new.open_ended_because, new.name) then
        raise exception using errcode = 'check_violation', message = 'what was agreed to does not change';
    end if;
    return new;
end
$$;
create trigger nomination_state_is_allowed before insert or update on {NOMINATIONS}
for each row execute function nomination_state_is_allowed();
"""
NO_CHECK = f"""
drop trigger nomination_state_is_allowed on {NOMINATIONS};
drop function nomination_state_is_allowed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0003_steps_of_a_grant'),
        ('surgeries', '0005_what_a_surgery_sets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Nomination',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('made_at', models.DateTimeField()),
                ('name', models.CharField(max_length=200)),
                ('email', models.EmailField(max_length=254)),
                ('relationship', models.CharField(choices=[('partner', 'Husband, wife or partner'), ('parent', 'Parent'), ('child', 'Son or daughter'), ('relative', 'Another relative'), ('friend', 'Friend or neighbour'), ('carer', 'Paid carer'), ('other', 'Somebody else')], max_length=20)),
                ('name_shown', models.CharField(max_length=200)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('allergies', 'Allergies and adverse reactions'), ('medicines', 'Medicines'), ('immunisations', 'Immunisations'), ('health-conditions', 'Health conditions'), ('test-results', 'Test results'), ('consultations', 'Consultations and events'), ('documents', 'Documents')], max_length=20), blank=True, default=list)),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('open_ended_because', models.CharField(blank=True, max_length=500)),
                ('state', models.CharField(choices=[('draft', 'Not finished'), ('with-surgery', 'The surgery looks at it before the code is given'), ('sent', 'The code waits to be used'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('cancelled', 'Cancelled')], default='draft', editable=False, max_length=20)),
                ('state_at', models.DateTimeField()),
                ('code_hash', models.CharField(blank=True, editable=False, max_length=64)),
                ('code_ends_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('grant', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='nomination', to='proxy_access.proxygrant')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='nominations', to='surgeries.patient')),
            ],
        ),
        migrations.CreateModel(
            name='ProxyConsent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version', models.CharField(max_length=20)),
                ('facts', models.JSONField()),
                ('agreed_at', models.DateTimeField()),
                ('agreed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('nomination', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='proxy_access.nomination')),
            ],
        ),
        migrations.AddIndex(
            model_name='nomination',
            index=models.Index(fields=['patient', '-made_at'], name='nomination_newest'),
        ),
        migrations.AddConstraint(
            model_name='nomination',
            constraint=models.UniqueConstraint(condition=models.Q(('code_hash', ''), _negated=True), fields=('code_hash',), name='nomination_code_is_one'),
        ),
        migrations.AddConstraint(
            model_name='nomination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('grant__isnull', False), ('state', 'accepted')), ('state', 'cancelled'), models.Q(models.Q(('state', 'accepted'), _negated=True), ('grant', None)), _connector='OR'), name='nomination_has_a_grant_once_accepted'),
        ),
        migrations.AddConstraint(
            model_name='nomination',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'sent'), ('code_hash', ''), _connector='OR'), name='nomination_code_only_while_sent'),
        ),
        migrations.AddConstraint(
            model_name='nomination',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'cancelled']), models.Q(('scopes__len__gt', 0), models.Q(('ends_on__isnull', False), models.Q(('open_ended_because', ''), _negated=True), _connector='OR')), _connector='OR'), name='nomination_says_what_and_until_when'),
        ),
        migrations.RunSQL(CHECK, NO_CHECK),
        migrations.RunSQL(
            f"revoke delete, truncate on {NOMINATIONS} from portal_app",
            f"grant delete on {NOMINATIONS} to portal_app",
        ),
        migrations.RunSQL(
            f"revoke update, delete, truncate on {CONSENTS} from portal_app",
            f"grant update, delete on {CONSENTS} to portal_app",
        ),
    ]
