from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """When somebody ended a duty at once, so that its last day is not a whole one."""

    dependencies = [("accounts", "0004_codes_end_and_keys_are_encrypted")]
    operations = [
        migrations.AddField(
            model_name="staffrole",
            name="ended_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="staffrole",
            constraint=models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ends_on__isnull=False),
                name="staff_role_ended_at_once_has_a_last_day",
            ),
        ),
    ]
