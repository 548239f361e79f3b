"""Days with other opening hours, words for letters, and whether two people open a full record."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('surgeries', '0004_find_surgeries_by_their_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='surgery',
            name='letter_words',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='surgery',
            name='opening_exceptions',
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name='surgery',
            name='two_people_for_full',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
