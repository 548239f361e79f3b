"""Whether the surgery or the patient hides something: all that is hidden until now, the surgery hides."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0017_a_stop_to_look_at'),
    ]

    operations = [
        migrations.AddField(
            model_name='redaction',
            name='by_patient',
            field=models.BooleanField(db_default=False, default=False),
        ),
        AddConstraintNotValid(
            model_name='redaction',
            constraint=models.CheckConstraint(condition=models.Q(('by_patient', False), models.Q(('audience', 'everyone'), _negated=True), _connector='OR'), name='redaction_of_the_patient_is_from_others', violation_error_message='Choose who should not see this'),
        ),
    ]
