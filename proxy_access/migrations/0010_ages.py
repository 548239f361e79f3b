"""What was decided at an age about somebody who acts for a child, and who was told that the age comes; both only ever added."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0009_going_on'),
        ('surgeries', '0005_what_a_surgery_sets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AgeNotice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('age', models.PositiveSmallIntegerField()),
                ('days_before', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('patient', 'user', 'age', 'days_before'), name='age_notice_once')],
            },
        ),
        migrations.CreateModel(
            name='AgeReview',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('competence', models.CharField(choices=[('not-yet', 'Not yet able to decide about this themself'), ('agrees', 'Able to decide, and wants this person to go on'), ('refuses', 'Able to decide, and does not want it as it is')], max_length=10)),
                ('outcome', models.CharField(choices=[('goes-on', 'It goes on as it is'), ('less', 'They see less, or for a shorter time'), ('ends', 'It ends now')], max_length=10)),
                ('text', models.CharField(max_length=500)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='age_reviews', to='proxy_access.proxygrant')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('competence', 'refuses'), ('outcome', 'goes-on'), _negated=True), name='age_review_does_not_go_on_against_who_can_decide', violation_error_message='The young person can decide and does not want it as it is. Let this person see less, or end it'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='age_review_has_a_reason', violation_error_message='Enter the reason, for colleagues')],
            },
        ),
        *(
            migrations.RunSQL(
                f"revoke update, delete, truncate on {table} from portal_app",
                f"grant update, delete on {table} to portal_app",
            )
            for table in ("proxy_access_agereview", "proxy_access_agenotice")
        ),
    ]
