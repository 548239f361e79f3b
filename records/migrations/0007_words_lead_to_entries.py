"""Each known word with the entries it stands in, in place of an index that row-level security keeps from use.

PostgreSQL looks into an index with an operator only if that is leakproof, where rows are protected; what
compares arrays is not, equality of words is (ADR 17).
"""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("records", "0006_find_in_a_record")]

    operations = [
        migrations.AddField(
            model_name='knownword',
            name='entries',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
    ]
