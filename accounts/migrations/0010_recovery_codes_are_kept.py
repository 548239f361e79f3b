"""When somebody said that they have their recovery codes, so that what a page still shows proves nothing (R3.9)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column without a default: no row is written anew."""

    dependencies = [
        ('accounts', '0009_recovery_codes_have_a_date'),
    ]

    operations = [
        migrations.AddField(
            model_name='recoverycodes',
            name='kept_at',
            field=models.DateTimeField(null=True),
        ),
    ]
