"""An index of the decisions that one change for many patients made, built while decisions are taken."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("records", "0008_the_surgerys_desk")]

    operations = [
        AddIndexConcurrently(
            model_name='accessgrant',
            index=models.Index(condition=models.Q(('practice_change_id__isnull', False)), fields=['practice_change_id'], name='access_grant_by_change'),
        ),
    ]
