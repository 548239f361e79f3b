"""What people want to be told by e-mail, when, and who else reads their mail."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_the_browser_of_a_device'),
    ]

    operations = [
        migrations.CreateModel(
            name='NoticeChoice',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='notice_choice', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('entries', models.BooleanField(default=False)),
                ('access', models.BooleanField(default=True)),
                ('people', models.BooleanField(default=True)),
                ('ends', models.BooleanField(default=True)),
                ('from_hour', models.PositiveSmallIntegerField(null=True)),
                ('until_hour', models.PositiveSmallIntegerField(null=True)),
                ('readers', models.CharField(blank=True, choices=[('', 'Not asked yet'), ('only-me', 'Only me'), ('others-safe', 'Other people too, and that is safe'), ('not-safe', 'Other people too, and it is not safe, or I am not sure')], default='', max_length=20)),
                ('readers_of', models.EmailField(blank=True, default='', max_length=254)),
                ('sharers', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list)),
                ('stop_id', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('waiting', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('entries', 'Something new in a record'), ('access', 'What can be seen, and answers of a surgery'), ('people', 'Who acts for whom'), ('ends', 'What ends soon')], max_length=20), default=list)),
                ('news_at', models.DateTimeField(null=True)),
                ('chosen_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('waiting', []), _negated=True), fields=['user'], name='notice_that_waits')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('from_hour', None), ('until_hour', None)), models.Q(('from_hour__range', (0, 23)), ('until_hour__range', (0, 23))), _connector='OR'), name='notice_hours_are_both_set_or_none', violation_error_message='Choose both hours')],
            },
        ),
    ]
