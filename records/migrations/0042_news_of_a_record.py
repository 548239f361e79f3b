"""Who wants to be told that there is something new in a record, and up to when they were."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0041_what_looks_wrong_in_the_activity'),
        ('surgeries', '0005_what_a_surgery_sets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='NewsChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_wanted', models.BooleanField(default=False)),
                ('chosen_at', models.DateTimeField(null=True)),
                ('entries_until', models.DateTimeField(null=True)),
                ('access_until', models.DateTimeField(null=True)),
                ('moved_at', models.DateTimeField(null=True)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.patient')),
                ('viewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_wanted', True), ('moved_at__gt', models.F('entries_until'))), fields=['viewer'], name='news_to_look_for')],
                'constraints': [
                    models.UniqueConstraint(fields=('patient', 'viewer'), name='news_choice_once_for_a_reader'),
                    models.CheckConstraint(condition=models.Q(('is_wanted', False), ('entries_until__isnull', False), _connector='OR'), name='news_that_is_wanted_has_a_beginning'),
                ],
            },
        ),
    ]
