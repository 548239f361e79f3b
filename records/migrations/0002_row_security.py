"""Row-level security under the one filter, and no right to delete or to rewrite decisions (ADR 4, ADR 7)."""

from django.db import migrations

OF_ONE_PATIENT = (
    "records_entry",
    "records_sectionnotice",
    "records_document",
    "records_redaction",
    "records_importedextract",
)
PROTECT = """
alter table {table} enable row level security;
alter table {table} force row level security;
create policy one_patient on {table}
    using (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)
    with check (patient_id = nullif(current_setting('app.patient_id', true), '')::uuid);
revoke delete, truncate on {table} from portal_app;
"""
UNPROTECT = """
drop policy one_patient on {table};
alter table {table} no force row level security;
alter table {table} disable row level security;
grant delete on {table} to portal_app;
"""
DECISIONS = ("records_accessgrant", "records_warningagreement")
KEPT = "records_stafftask"


class Migration(migrations.Migration):
    """Policies and rights."""

    dependencies = [("records", "0001_initial")]
    operations = [
        *(
            migrations.RunSQL(PROTECT.format(table=table), UNPROTECT.format(table=table))
            for table in OF_ONE_PATIENT
        ),
        *(
            migrations.RunSQL(
                f"revoke update, delete, truncate on {table} from portal_app",
                f"grant update, delete on {table} to portal_app",
            )
            for table in DECISIONS
        ),
        migrations.RunSQL(
            f"revoke delete, truncate on {KEPT} from portal_app",
            f"grant delete on {KEPT} to portal_app",
        ),
    ]
