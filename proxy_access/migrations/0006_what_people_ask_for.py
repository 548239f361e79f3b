"""What people say who want to act for somebody: encrypted, never deleted, and read by the surgery that they asked."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models.fields

TABLE = "proxy_access_proxyapplication"


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0005_decisions_about_who_asks'),
        ('surgeries', '0005_what_a_surgery_sets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ProxyApplication',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('legal_basis', models.CharField(choices=[('consent', 'The patient agreed'), ('parental-responsibility', 'Parental responsibility'), ('health-and-welfare-lasting-power-of-attorney', 'Lasting power of attorney'), ('court-appointed-personal-welfare-deputy', 'Deputy appointed by the court'), ('best-interest', 'Best interest of the patient')], max_length=50)),
                ('stated', accounts.models.fields.EncryptedField()),
                ('sent_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('handled_because', models.CharField(blank=True, max_length=500)),
                ('tells_applicant', models.BooleanField(db_default=False, default=False)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('applicant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('grant', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='application', to='proxy_access.proxygrant')),
                ('handled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('surgery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.surgery')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('answered_at', None), ('grant', None), ('withdrawn_at', None)), fields=['surgery', 'sent_at'], name='proxy_application_waiting'), models.Index(fields=['applicant', '-sent_at'], name='proxy_application_of_one')],
                'constraints': [models.CheckConstraint(condition=models.Q(('legal_basis', 'consent'), _negated=True), name='proxy_application_does_not_rest_on_consent', violation_error_message='Only the patient can begin what rests on their agreement'), models.CheckConstraint(condition=models.Q(('grant', None), ('answered_at', None), _connector='OR'), name='proxy_application_is_matched_or_answered', violation_error_message='This was matched with a patient already')],
            },
        ),
        migrations.RunSQL(
            f"revoke delete, truncate on {TABLE} from portal_app",
            f"grant delete on {TABLE} to portal_app",
        ),
    ]
