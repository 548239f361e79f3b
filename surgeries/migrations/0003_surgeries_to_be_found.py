"""Surgeries that do not use the portal, from the ODS list; all columns have constant defaults and cost nothing."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


def those_here_use_it(apps, schema_editor):
    """Every surgery that was added before the ODS list could be loaded uses the portal."""
    apps.get_model("surgeries", "Surgery").objects.using(schema_editor.connection.alias).update(uses_portal=True)


class Migration(migrations.Migration):

    dependencies = [("surgeries", "0002_nothing_is_deleted")]

    operations = [
        TrigramExtension(),
        migrations.AddField("surgery", "uses_portal", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("surgery", "status", models.CharField(choices=[("active", "Open"), ("closed", "Closed"), ("dormant", "Not seeing patients now"), ("proposed", "Not open yet")], db_default="active", default="active", max_length=10)),
        migrations.AddField("surgery", "closed_on", models.DateField(blank=True, null=True)),
        migrations.AddField("surgery", "town", models.CharField(blank=True, db_default="", default="", max_length=100)),
        migrations.AddField("surgery", "postcode", models.CharField(blank=True, db_default="", default="", max_length=10)),
        migrations.AddField("surgery", "how_to_ask", models.TextField(blank=True, db_default="", default="")),
        migrations.RunPython(those_here_use_it, migrations.RunPython.noop),
    ]
