"""When recovery codes were made, so that new ones count as new (R3.9)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column without a default: no row is written anew."""

    dependencies = [
        ('accounts', '0008_what_people_are_told'),
    ]

    operations = [
        migrations.AddField(
            model_name='recoverycodes',
            name='made_at',
            field=models.DateTimeField(null=True),
        ),
    ]
