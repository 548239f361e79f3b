"""The last day of the order or the power on which a grant rests: a column that may be empty, so that the rule holds for every row at once."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0011_used'),
    ]

    operations = [
        migrations.AddField(
            model_name='proxygrant',
            name='basis_ends_on',
            field=models.DateField(blank=True, null=True),
        ),
        AddConstraintNotValid(
            model_name='proxygrant',
            constraint=models.CheckConstraint(condition=models.Q(('basis_ends_on', None), models.Q(('ends_on__isnull', False), ('ends_on__lte', models.F('basis_ends_on'))), _connector='OR'), name='proxy_grant_ends_with_its_basis', violation_error_message='It cannot go on for longer than the order or the power that it rests on'),
        ),
    ]
