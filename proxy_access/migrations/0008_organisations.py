"""Named people who act on behalf of an organisation: care homes, their people, and the grants that rest on it."""

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

TABLES = "proxy_access_organisation, proxy_access_organisationmember"


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0007_where_a_grant_came_from'),
        ('surgeries', '0005_what_a_surgery_sets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='proxygrant',
            name='wider_because',
            field=models.CharField(blank=True, db_default='', default='', max_length=500),
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('ods_code', models.CharField(blank=True, max_length=10, validators=[django.core.validators.RegexValidator('\\A[A-Z0-9]{3,10}\\Z', 'An ODS code is 3 to 10 letters and digits')], verbose_name='ODS code')),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('surgery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='organisations', to='surgeries.surgery')),
            ],
        ),
        migrations.CreateModel(
            name='OrganisationMember',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='proxy_access.organisation')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='organisations', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='proxygrant',
            name='on_behalf_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='proxy_access.organisationmember'),
        ),
        migrations.AddConstraint(
            model_name='proxygrant',
            constraint=models.CheckConstraint(condition=models.Q(('on_behalf_of', None), ('scopes__contained_by', ['allergies', 'medicines']), models.Q(('wider_because', ''), _negated=True), _connector='OR'), name='proxy_grant_of_an_organisation_is_narrow_or_says_why', violation_error_message='Say why they need more than medicines and allergies'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='organisation_does_not_end_before_it_starts', violation_error_message='The last day must not be before the first'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), ('ends_on__isnull', False), _connector='OR'), name='organisation_ended_at_once_has_a_last_day'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.UniqueConstraint(models.F('surgery'), django.db.models.functions.text.Lower('name'), condition=models.Q(('ends_on', None)), name='organisation_once_at_a_surgery', violation_error_message='An organisation of this name is on your list already'),
        ),
        migrations.AddConstraint(
            model_name='organisationmember',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='organisation_member_does_not_end_before_it_starts', violation_error_message='The last day must not be before the first'),
        ),
        migrations.AddConstraint(
            model_name='organisationmember',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), ('ends_on__isnull', False), _connector='OR'), name='organisation_member_ended_at_once_has_a_last_day'),
        ),
        migrations.AddConstraint(
            model_name='organisationmember',
            constraint=models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('organisation', 'user'), name='organisation_member_once_at_a_time', violation_error_message='This person belongs to the organisation already'),
        ),
        migrations.RunSQL(
            f"revoke delete, truncate on {TABLES} from portal_app",  # they end (ADR 7)
            f"grant delete on {TABLES} to portal_app",
        ),
    ]
