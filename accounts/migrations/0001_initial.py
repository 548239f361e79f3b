"""Users, identity, staff and online registration."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('surgeries', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='email address')),
                ('name', models.CharField(blank=True, max_length=200)),
                ('is_active', models.BooleanField(default=True)),
                ('identity_level', models.CharField(choices=[('P0', 'Not checked'), ('P5', 'Claimed'), ('P9', 'Proved')], default='P0', editable=False, max_length=2)),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_is_one_persons')],
            },
        ),
        migrations.CreateModel(
            name='IdentityCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('method', models.CharField(choices=[('documents', 'Documents seen'), ('vouching', 'Vouched for'), ('vouching-confirmed', 'Vouched for, confirmed from the record'), ('letter', 'Registration letter'), ('nhs-login', 'NHS login')], max_length=20)),
                ('level', models.CharField(choices=[('P0', 'Not checked'), ('P5', 'Claimed'), ('P9', 'Proved')], max_length=2)),
                ('evidence', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list)),
                ('checked_at', models.DateTimeField()),
                ('checked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identity_checks', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='OnlineRegistration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_on', models.DateField()),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('identity_check', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.identitycheck')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='online_registrations', to='surgeries.patient')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='online_registrations', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('patient',), name='online_registration_one_account_per_patient', violation_error_message='This patient has an online account already'), models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('user',), name='online_registration_one_patient_per_account', violation_error_message='This account belongs to another patient already'), models.CheckConstraint(condition=models.Q(('ended_on', None), ('ended_on__gte', models.F('started_on')), _connector='OR'), name='online_registration_does_not_end_before_it_starts', violation_error_message='The end date must be after the start date')],
            },
        ),
        migrations.CreateModel(
            name='StaffRole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('duty', models.CharField(choices=[('check-identity', 'Check identity'), ('review-entries', 'Review entries'), ('decide-access', 'Decide access'), ('manage-settings', "Manage the surgery's settings")], max_length=20)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('surgery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='staff_roles', to='surgeries.surgery')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='staff_roles', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='staff_role_does_not_end_before_it_starts', violation_error_message='The end date must be after the start date'), models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('user', 'surgery', 'duty'), name='staff_role_once_at_a_time', violation_error_message='This person has this duty already')],
            },
        ),
    ]
