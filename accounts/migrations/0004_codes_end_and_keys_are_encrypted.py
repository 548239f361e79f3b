"""Letters and codes end and are never deleted; the keys of apps move to where they lie encrypted."""

from django.db import migrations

TABLES = "accounts_registrationletter, accounts_deskcode, accounts_signedindevice"


def encrypt(apps, schema_editor):
    """Move each app's key; the device keeps its name and its place in time."""
    database = schema_editor.connection.alias  # the owner's
    apps_held = apps.get_model("accounts", "AuthenticatorApp").objects.using(database)
    for old in apps.get_model("otp_totp", "TOTPDevice").objects.using(database).iterator():
        apps_held.create(
            user_id=old.user_id, name=old.name, confirmed=old.confirmed, key=old.key,
            drift=old.drift, last_t=old.last_t,
        )
        old.delete()


class Migration(migrations.Migration):
    """Rights, and the keys."""

    dependencies = [
        ("accounts", "0003_accounts_and_proofs"),
        ("otp_totp", "0003_add_timestamps"),
    ]
    operations = [
        migrations.RunSQL(
            f"revoke delete, truncate on {TABLES} from portal_app",
            f"grant delete on {TABLES} to portal_app",
        ),
        migrations.RunPython(encrypt, migrations.RunPython.noop),
    ]
