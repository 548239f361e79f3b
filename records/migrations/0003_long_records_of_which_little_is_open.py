"""Indexes for a long record of which little is open."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0002_row_security'),
        ('surgeries', '0002_nothing_is_deleted'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('released', True), ('root_id', None), ('withdrawn_at', None)), fields=['patient', 'section', 'level_needed'], name='entry_by_level'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('origin', 'native'), ('root_id', None)), fields=['patient', 'section', 'recorded_at'], name='entry_by_recorded'),
        ),
    ]
