"""Everything about an account: making it, signing in and out, keeping it."""

from django.urls import path

from accounts.views import (
    confirming,
    devices,
    factors,
    keeping,
    making,
    notices,
    recovery_codes,
    setting_up,
    signing_in,
)

app_name = "accounts"
urlpatterns = [
    # signing in
    path("sign-in", signing_in.sign_in, name="sign-in"),
    path("sign-in/code", signing_in.second_factor, name="second-factor"),
    path("sign-in/recovery-code", signing_in.use_recovery_code, name="use-recovery-code"),
    path("sign-in/passkey/begin", signing_in.begin_passkey, name="passkey-begin"),
    path("sign-in/passkey/end", signing_in.end_passkey, name="passkey-end"),
    path("sign-out", signing_in.sign_out, name="sign-out"),
    # setting up, behind a one-time link
    path("set-up/<str:person>/<str:token>", setting_up.choose_way, name="set-up"),
    path(
        "set-up/<str:person>/<str:token>/password",
        setting_up.choose_password,
        name="set-up-password",
    ),
    path("set-up/<str:person>/<str:token>/app", setting_up.set_up_app, name="set-up-app"),
    path(
        "set-up/<str:person>/<str:token>/passkey", setting_up.set_up_passkey, name="set-up-passkey"
    ),
    path(
        "set-up/<str:person>/<str:token>/passkey/begin",
        setting_up.begin_passkey,
        name="set-up-passkey-begin",
    ),
    path(
        "set-up/<str:person>/<str:token>/passkey/end",
        setting_up.end_passkey,
        name="set-up-passkey-end",
    ),
    # making an account
    path("create-account", making.create, name="create"),
    # the account page
    path("account", keeping.account, name="account"),
    path("account/email", keeping.change_email, name="change-email"),
    path("account/confirm-email/<str:token>", keeping.confirm_email, name="confirm-email"),
    path("account/password", keeping.change_password, name="change-password"),
    path("account/close", keeping.close, name="close"),
    path("account/closed", keeping.closed, name="closed"),
    path("account/devices", devices.signed_in_devices, name="devices"),
    path("account/devices/sign-out-others", devices.sign_out_others, name="sign-out-others"),
    path(
        "account/devices/<uuid:device_id>/sign-out", devices.sign_out_device, name="sign-out-device"
    ),
    path("stop-emails/<str:token>", notices.stop_emails, name="stop-emails"),
    # ways to sign in
    path("account/confirm", confirming.confirm, name="confirm"),
    path(
        "account/confirm/recovery-code",
        confirming.confirm_with_recovery_code,
        name="confirm-recovery-code",
    ),
    path("account/confirm/passkey/begin", confirming.begin_passkey, name="confirm-passkey-begin"),
    path("account/confirm/passkey/end", confirming.end_passkey, name="confirm-passkey-end"),
    path("account/recovery-codes", recovery_codes.recovery_codes, name="recovery-codes"),
    path(
        "account/recovery-codes/make",
        recovery_codes.make_recovery_codes,
        name="make-recovery-codes",
    ),
    path("account/factors", factors.ways_to_sign_in, name="factors"),
    path("account/factors/app", factors.add_app, name="add-app"),
    path("account/factors/passkey", factors.add_passkey, name="add-passkey"),
    path("account/factors/passkey/begin", factors.begin_passkey, name="add-passkey-begin"),
    path("account/factors/passkey/end", factors.end_passkey, name="add-passkey-end"),
    path("account/factors/<str:factor>/name", factors.rename_factor, name="rename-factor"),
    path("account/factors/<str:factor>/remove", factors.remove_factor, name="remove-factor"),
    # NHS login
]
