"""What is kept here ends by a date or a status, and is never deleted (ADR 7)."""

from django.db import migrations

TABLES = "accounts_user, accounts_staffrole, accounts_identitycheck, accounts_onlineregistration"


class Migration(migrations.Migration):
    """Rights."""

    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(
            f"revoke delete, truncate on {TABLES} from portal_app",
            f"grant delete on {TABLES} to portal_app",
        )
    ]
