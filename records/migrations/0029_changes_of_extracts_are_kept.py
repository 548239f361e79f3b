"""Row-level security over what extracts changed, no right to rewrite it (ADR 4, ADR 7), and a constraint checked."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

TABLE = "records_extractchange"
PROTECT = f"""
alter table {TABLE} enable row level security;
alter table {TABLE} force row level security;
create policy one_patient on {TABLE}
    using (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)
    with check (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid);
revoke update, delete, truncate on {TABLE} from portal_app;
"""
UNPROTECT = f"""
drop policy one_patient on {TABLE};
alter table {TABLE} no force row level security;
alter table {TABLE} disable row level security;
grant update, delete on {TABLE} to portal_app;
"""


class Migration(migrations.Migration):

    dependencies = [("records", "0028_what_each_extract_changed")]

    operations = [
        migrations.RunSQL(PROTECT, UNPROTECT),
        ValidateConstraint("importedextract", "extract_undone_has_a_reason"),
    ]
