"""What a decision about an entry was made from, so that what changed since has to be read again (R8.6)."""

from django.db import migrations, models

TEXT = {"blank": True, "default": "", "db_default": ""}


class Migration(migrations.Migration):

    dependencies = [("records", "0009_find_the_decisions_of_a_change")]

    operations = [
        migrations.AddField(
            model_name="entrydecision", name="seen", field=models.CharField(max_length=64, **TEXT)
        ),
        migrations.AddField(
            model_name="grantreview", name="rest_seen", field=models.CharField(max_length=64, **TEXT)
        ),
        migrations.AddField(
            model_name="grantreview", name="reason", field=models.TextField(**TEXT)
        ),
        migrations.AddField(
            model_name="grantreview", name="reason_for_patient", field=models.TextField(**TEXT)
        ),
        migrations.AddField(
            model_name="grantreview", name="sent_back_because", field=models.TextField(**TEXT)
        ),
    ]
