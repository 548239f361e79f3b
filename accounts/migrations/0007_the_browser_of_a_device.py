"""Which browser a device is, so that two people who share one are noticed (R4.5)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_the_surgery_of_a_desk_code'),
    ]

    operations = [
        migrations.AddField(
            model_name='signedindevice',
            name='browser_hash',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
    ]
