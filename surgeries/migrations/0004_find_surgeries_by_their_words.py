"""An index for finding a surgery by words that may be misspelt; made while the portal goes on working."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("surgeries", "0003_surgeries_to_be_found")]

    operations = [
        AddIndexConcurrently(
            model_name='surgery',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Lower(django.db.models.functions.text.Replace(django.db.models.functions.text.Concat('name', models.Value(' '), 'town', models.Value(' '), 'address', models.Value(' '), 'postcode', models.Value(' '), 'ods_code', output_field=models.TextField()), models.Value("'"), output_field=models.TextField())), name='gin_trgm_ops'), fastupdate=False, name='surgery_by_its_words'),
        ),
    ]
