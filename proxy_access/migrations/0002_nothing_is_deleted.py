"""What is kept here ends by a date or a status, and is never deleted (ADR 7)."""

from django.db import migrations

TABLES = "proxy_access_proxygrant"


class Migration(migrations.Migration):
    """Rights."""

    dependencies = [("proxy_access", "0001_initial")]
    operations = [
        migrations.RunSQL(
            f"revoke delete, truncate on {TABLES} from portal_app",
            f"grant delete on {TABLES} to portal_app",
        )
    ]
