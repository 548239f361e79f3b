"""Which surgery somebody goes to with their code for the front desk, if they said."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_a_duty_ends_at_once'),
        ('surgeries', '0005_what_a_surgery_sets'),
    ]

    operations = [
        migrations.AddField(
            model_name='deskcode',
            name='surgery',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='surgeries.surgery'),
        ),
    ]
