"""The rule of the migration before is looked at for every row, apart from it: so nobody waits for that."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('proxy_access', '0012_ends_with_its_basis'),
    ]

    operations = [
        ValidateConstraint(model_name='proxygrant', name='proxy_grant_ends_with_its_basis'),
    ]
