"""The last day on which a grant was used: a column that may be empty, so no row is written."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0010_ages'),
    ]

    operations = [
        migrations.AddField(
            model_name='proxygrant',
            name='last_used_on',
            field=models.DateField(blank=True, null=True),
        ),
    ]
