"""Every setting: safe when nothing is set, complete in the environment (docs/operations.md lists the names)."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.utils.csp import CSP

from portal.databases import databases, uses_embedded
from portal.document_store import document_storage, most_bytes
from portal.mailing import mailers

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("PORTAL_VAR") or BASE_DIR / "var")


def secret_of(name: str, new: Callable[[], str]) -> str:
    """A secret from the environment, or one that this checkout makes once and keeps to itself."""
    if given := os.environ.get(f"PORTAL_{name}"):
        return given
    kept = VAR / name.lower().replace("_", "-")
    if not kept.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(kept, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(new())
    return kept.read_text()


DEBUG = os.environ.get("PORTAL_DEBUG") == "1"
SECRET_KEY = secret_of("SECRET_KEY", lambda: secrets.token_urlsafe(50))
# the first encrypts; all of them read, so that a key can be replaced (docs/operations.md)
PORTAL_ENCRYPTION_KEYS = secret_of(
    "ENCRYPTION_KEYS", lambda: Fernet.generate_key().decode()
).split()
# the first seals, all of them read: what is in the database alone cannot make it (ADR 40)
PORTAL_AUDIT_KEYS = secret_of("AUDIT_KEY", lambda: secrets.token_urlsafe(48)).split()
PORTAL_ANCHOR_FILE = Path(os.environ.get("PORTAL_ANCHOR_FILE") or VAR / "anchors")
PORTAL_ANCHOR_URL = os.environ.get("PORTAL_ANCHOR_URL", "")
PORTAL_URL = os.environ.get("PORTAL_URL", "http://localhost:8000").rstrip("/")
PORTAL_CONTACT = os.environ.get("PORTAL_CONTACT", "")  # of who runs the portal, as Markdown
IS_HTTPS = PORTAL_URL.startswith("https://")
IS_BEHIND_PROXY = os.environ.get("PORTAL_BEHIND_PROXY") == "1"
PROXY_COUNT = max(1, int(os.environ.get("PORTAL_PROXY_COUNT", "1")))
# never on a database or an address that could be real
IS_DEMO = os.environ.get("PORTAL_DEMO") == "1" and uses_embedded() and not IS_HTTPS
ALLOWED_HOSTS = [urlsplit(PORTAL_URL).hostname or "localhost"]
if not IS_HTTPS:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "portal",
    "records",
    "proxy_access",
    "accounts",
    "surgeries",
    "audit",
    "nhsuk",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp_webauthn",
    "django_tasks_db",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "portal.middleware.NotStored",
    "portal.middleware.RequestId",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "portal.middleware.SessionLimits",
    "portal.middleware.SignInRequired",
    "accounts.same_browser.BrowserMark",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DATABASES = databases(BASE_DIR)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "portal.jinja.environment",
            "context_processors": [
                "django.template.context_processors.csp",
                "django.contrib.messages.context_processors.messages",
                "portal.context.token",
                "portal.context.shell",
                "portal.sessions.session_end",
            ],
        },
    },
]
FORM_RENDERER = "nhsuk.forms.Renderer"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = False

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "django_otp_webauthn.backends.WebAuthnBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60  # the links that set up an account
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "home"
OTP_TOTP_ISSUER = "GP record"
OTP_TOTP_THROTTLE_FACTOR = 1
OTP_WEBAUTHN_RP_NAME = "GP record"
OTP_WEBAUTHN_RP_ID = urlsplit(PORTAL_URL).hostname or "localhost"
OTP_WEBAUTHN_ALLOWED_ORIGINS = [PORTAL_URL]
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = True
OTP_WEBAUTHN_HELPER_CLASS = "accounts.passkeys.Ceremony"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.client_address"
AXES_LOCKOUT_TEMPLATE = "errors/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "email"
AXES_SENSITIVE_PARAMETERS = ["email", "username", "password"]
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True  # our own log says who signed in, without addresses
AXES_VERBOSE = False

# settings so that tests need not wait; the rule is R3.4
SESSION_IDLE_SECONDS = 30 * 60
# of whoever has a duty at a surgery; never more than the line above
SESSION_STAFF_IDLE_SECONDS = float(os.environ.get("PORTAL_STAFF_IDLE_MINUTES", "15")) * 60
SESSION_WHOLE_SECONDS = 12 * 60 * 60
SESSION_WARNING_SECONDS = 2 * 60
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no third cookie
# with the prefix a browser keeps a cookie only from this very host, over https
COOKIE_PREFIX = "__Host-" if IS_HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
SESSION_COOKIE_AGE = SESSION_WHOLE_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.views.forgery_suspected"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
if IS_HTTPS:
    CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if IS_BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "object-src": [CSP.NONE],
    "script-src": [CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "connect-src": [CSP.SELF],  # passkeys
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in ("camera", "microphone", "geolocation", "payment", "usb", "display-capture")
}

# without an issuer there is no NHS login, but for the stand-in of the demo (docs/operations.md)
STAND_IN = (f"{PORTAL_URL}/demo/nhs-login", "demo") if IS_DEMO else ("", "")
NHS_LOGIN_ISSUER = (os.environ.get("NHS_LOGIN_ISSUER") or STAND_IN[0]).rstrip("/")
NHS_LOGIN_CLIENT_ID = os.environ.get("NHS_LOGIN_CLIENT_ID") or STAND_IN[1]
NHS_LOGIN_KEYS = Path(os.environ.get("NHS_LOGIN_KEYS") or VAR / "nhs-login-keys")
NHS_LOGIN_PKCE = os.environ.get("NHS_LOGIN_PKCE", "1") == "1"
if NHS_LOGIN_ISSUER:
    # a browser asks this of every address to which a form is sent on, not of the first alone
    SECURE_CSP["form-action"] += [
        f"{urlsplit(NHS_LOGIN_ISSUER).scheme}://{urlsplit(NHS_LOGIN_ISSUER).netloc}",
        *os.environ.get("NHS_LOGIN_OTHER_ORIGINS", "").split(),
    ]

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
NOTICE_HOURS = (8, 20)
"""From which hour in London and before which people are told of what can wait, unless they choose others."""
DEFAULT_FROM_EMAIL = os.environ.get("PORTAL_MAIL_FROM", "GP record <gp-record@localhost>")
SENT_MAIL = VAR / "emails"
MAILERS = mailers(SENT_MAIL)
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# where what suppliers send lies, encrypted, until it is loaded; web server and worker share it
PORTAL_INCOMING = Path(os.environ.get("PORTAL_INCOMING") or VAR / "incoming")
DOCUMENT_MOST_BYTES = most_bytes()

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
# the content of attachments, encrypted; not "default", to which other packages may write
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "documents": document_storage(VAR),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_addresses": {"()": "portal.logs.WithoutAddresses"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["no_addresses"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "portal": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # these two bring handlers of their own, which would print whole addresses
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "gunicorn.error": {"handlers": ["console"], "propagate": False},
    },
}
