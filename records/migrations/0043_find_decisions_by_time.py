"""What was decided in the last days, whoever it was about; while the index is made, decisions go on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False
    dependencies = [
        ('records', '0042_news_of_a_record'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='accessgrant',
            index=models.Index(fields=['decided_at'], name='access_grant_by_time'),
        ),
    ]
