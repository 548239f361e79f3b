"""Who ever asked to meet some results in another way than the rest (ADR 43): from now on a trigger keeps it.

Of whoever is here already it is said until the next migration has looked: to ask for nothing harms nobody.
"""

import django.db.models.deletion
from django.db import migrations, models

KEEP = """
create function records_ever_wished() returns trigger language plpgsql as $$
begin
    insert into records_everwished (patient_id) values (new.patient_id) on conflict do nothing;
    return null;
end $$;
create trigger records_ever_wished after insert or update on records_resultwish
    for each row when (new.wish <> 'show') execute function records_ever_wished();
revoke update, delete, truncate on records_everwished from portal_app;
insert into records_everwished (patient_id) select id from surgeries_patient on conflict do nothing;
"""
UNKEEP = """
drop trigger records_ever_wished on records_resultwish;
drop function records_ever_wished;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0043_find_decisions_by_time'),
        ('surgeries', '0005_what_a_surgery_sets'),
    ]

    operations = [
        migrations.CreateModel(
            name='EverWished',
            fields=[
                ('patient', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='surgeries.patient')),
            ],
        ),
        migrations.RunSQL(KEEP, UNKEEP),
    ]
