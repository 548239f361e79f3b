"""What somebody did with their own account is found without reading everybody's; made beside writers, who do not wait."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False
    dependencies = [('audit', '0002_chain')]

    operations = [
        AddIndexConcurrently(
            model_name='auditevent',
            index=models.Index(condition=models.Q(('patient_id', None)), fields=['actor_id', 'at'], name='audit_event_of_account'),
        ),
        AddIndexConcurrently(
            model_name='auditevent',
            index=models.Index(condition=models.Q(('object__startswith', 'user '), ('patient_id', None)), fields=['object', 'at'], name='audit_event_about_account'),
        ),
    ]
