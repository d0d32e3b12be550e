"""Settings shared by every variant. Only `config` reads the environment.

The variants: `embedded` (default: SQLite, local files), `production` (PostgreSQL) and `test`.
"""

from __future__ import annotations

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

from . import national_identity, payments

PACKAGE_DIR = Path(__file__).resolve().parents[2]
HOME_DIR = Path(os.environ.get("TINHSO_HOME", "var")).resolve()

SECRET_KEY = os.environ.get("TINHSO_SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("TINHSO_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("TINHSO_ORIGINS", "").split(",") if o]

ROOT_URLCONF = "tinhso.config.urls"
WSGI_APPLICATION = "tinhso.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "access.User"

KERNEL_APPS = ["access", "audit", "calendar", "events", "files", "identifiers", "jobs", "ui"]
MODULE_APPS = [
    "directory",
    "identity",
    "procedures",
    "notifications",
    "archive",
    "payments",
    "counters",
    "post",
    "dossiers",
    "scorecards",
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "csp",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "tinhso.config",
    *[f"tinhso.kernel.{name}" for name in KERNEL_APPS],
    *[f"tinhso.modules.{name}" for name in MODULE_APPS],
]

MIDDLEWARE = [
    "tinhso.config.logs.EdgeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tinhso.modules.identity.web.middleware.SessionRules",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tinhso.kernel.access.web.ActorMiddleware",
    "tinhso.kernel.ui.middleware.NotAllowedPage",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            PACKAGE_DIR / "kernel/ui/templates",
            *[PACKAGE_DIR / f"modules/{name}/web/templates" for name in MODULE_APPS],
        ],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "tinhso.kernel.ui.context.shell",
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.static",
                "tinhso.kernel.ui.templatetags.vi",
            ],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("TINHSO_DATABASE_URL", f"sqlite:///{HOME_DIR / 'tinhso.sqlite3'}"),
        conn_max_age=None,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # One writer at a time: take the write lock at once, wait for it, and never dead-lock on an upgrade.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }

LANGUAGE_CODE = "vi"
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True
USE_I18N = True
# Not everywhere: an id printed as 1.234 breaks a form. Templates say `|number` or `|money`.
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = HOME_DIR / "static"
STATICFILES_DIRS = [
    # Made at set-up by config.commands.assets (web fonts), hence possibly not there yet.
    HOME_DIR / "assets",
    PACKAGE_DIR / "kernel/ui/static",
    *[folder for name in MODULE_APPS if (folder := PACKAGE_DIR / f"modules/{name}/web/static").is_dir()],
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SILENCED_SYSTEM_CHECKS = ["staticfiles.W004"]

FILES_ROOT = HOME_DIR / "files"
FILES_MAX_BYTES = 20 * 1024 * 1024
FILES_CLAMD_SOCKET = os.environ.get("TINHSO_CLAMD", "")
# Only a test database may be flushed: elsewhere the audit trail is never emptied.
AUDIT_MAY_BE_EMPTIED = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
FILE_UPLOAD_HANDLERS = [
    "tinhso.kernel.files.uploads.SizeLimitHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000

PASSWORD_HASHERS = [
    "tinhso.kernel.access.passwords.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "tinhso.modules.identity.web.adapter.PasswordLength", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home_after_login"
LOGOUT_REDIRECT_URL = "procedures:home"

# Accounts (django-allauth): citizens sign up by phone number; all sign in by phone, user name or e-mail.
ACCOUNT_ADAPTER = "tinhso.modules.identity.web.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Dịch vụ công] "
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_REAUTHENTICATION_REQUIRED = False
ACCOUNT_USER_DISPLAY = str  # the full name
ACCOUNT_FORMS = {
    "login": "tinhso.modules.identity.web.forms.LoginForm",
    "signup": "tinhso.modules.identity.web.forms.SignupForm",
    "change_password": "tinhso.modules.identity.web.forms.ChangePasswordForm",
    "set_password": "tinhso.modules.identity.web.forms.SetPasswordForm",
    "reset_password": "tinhso.modules.identity.web.forms.ResetPasswordForm",
    "reset_password_from_key": "tinhso.modules.identity.web.forms.ResetPasswordKeyForm",
    "reauthenticate": "tinhso.modules.identity.web.forms.ReauthenticateForm",
    "add_email": "tinhso.modules.identity.web.forms.AddEmailForm",
}
# Over the library's own limits. A whole agency signs in at half past seven from one address; what stops guessing is the
# limit of an account. Wrong PINs from one address, whatever the codes, so that nobody tries all of them.
# Of one account: from one address, from all addresses together, and from a browser that has signed in before, which
# nobody else can use up (identity.web.adapter).
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "60/m/ip,5/300s/key",  # codes of the second factor
    "password_ip": "60/m/ip",
    "login_failed_here": "5/300s/key",
    "login_failed_anywhere": "100/h/key",
    "login_failed_known": "5/300s/key",
    "dossiers_pin": "60/h/ip",
}
# Whoever signs, publishes or grants has proved within so many minutes that it is they who sit there.
# How many proxies of ours stand in front: limits per address read the client's from X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TINHSO_PROXIES", "0"))
STEP_UP_MINUTES: int | None = 15
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
MFA_ADAPTER = "tinhso.modules.identity.web.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "tinhso.modules.identity.web.forms.AuthenticateForm",
    "reauthenticate": "tinhso.modules.identity.web.forms.ReauthenticateCodeForm",
    "activate_totp": "tinhso.modules.identity.web.forms.ActivateTOTPForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Tỉnh số Thanh Hóa"
# Passkeys need HTTPS, but for a machine of one's own.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = os.environ.get("TINHSO_PUBLIC_ORIGIN", "http://127.0.0.1").startswith(
    ("http://127.0.0.1", "http://localhost")
)

# Signing in to other systems of the province through this one (OpenID Connect).
IDP_OIDC_ADAPTER = "tinhso.modules.identity.web.provider.ProviderAdapter"
IDP_OIDC_INTROSPECTION_ENABLED = True
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 15 * 60
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 12 * 60 * 60
IDP_OIDC_RATE_LIMITS = {"introspect_ip": "6000/m/ip", "introspect_client": "6000/m/key"}
# Private keys, one file each; the newest signs, all are published. `tinhso prepare` makes the first.
OIDC_KEYS_DIR = Path(os.environ.get("TINHSO_OIDC_KEYS", str(HOME_DIR / "oidc")))
# End of accounts.

# Notices: e-mail by SMTP, telephones by providers. A channel without an address is not connected: nothing is queued for
# it. `sender`: brandname of the SMS, application of Zalo. See docs/operations.md.
_smtp_host = os.environ.get("TINHSO_SMTP_HOST", "")
EMAIL_HOST = _smtp_host or "localhost"
EMAIL_PORT = int(os.environ.get("TINHSO_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("TINHSO_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TINHSO_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("TINHSO_SMTP_SECURITY", "") == "starttls"
EMAIL_USE_SSL = os.environ.get("TINHSO_SMTP_SECURITY", "") == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("TINHSO_MAIL_FROM", "dichvucong@localhost.localdomain")
NOTIFICATIONS_PROVIDERS = {
    "email": {"url": _smtp_host},
    **{
        channel: {
            "url": os.environ.get(f"TINHSO_{channel.upper()}_URL", ""),
            "key": os.environ.get(f"TINHSO_{channel.upper()}_KEY", ""),
            "secret": os.environ.get(f"TINHSO_{channel.upper()}_SECRET", ""),
            "sender": os.environ.get(f"TINHSO_{channel.upper()}_SENDER", ""),
            "report_secret": os.environ.get(f"TINHSO_{channel.upper()}_REPORT_SECRET", ""),
        }
        for channel in ("sms", "zalo")
    },
}
# What people send text messages to; without one no page speaks of it.
NOTIFICATIONS_PROVIDERS["sms"]["number"] = os.environ.get("TINHSO_SMS_NUMBER", "")
# No telephone rings from the first hour to the second (of the clock).
NOTIFICATIONS_QUIET_HOURS = (21, 7)

# Drafts written without an account live in the browser's session: a month to come back to them.
SESSION_COOKIE_AGE = 30 * 24 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "tinhso.kernel.ui.views.csrf_failure"
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
PAYMENTS = payments.read()
NATIONAL_IDENTITY = national_identity.read()
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, *payments.origins(PAYMENTS), *national_identity.origins(NATIONAL_IDENTITY)],
        "frame-ancestors": [SELF],
        "frame-src": [SELF, "blob:"],
    }
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Logging: JSON lines on standard error, without personal data (config.logs). Requests are counted by the proxy in front.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "tinhso.config.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # The library's own handlers would add a second, other line; 4xx are everyday answers, not warnings.
        "django": {"handlers": [], "level": "WARNING"},
        "django.request": {"handlers": [], "level": "ERROR"},
    },
}
# End of logging.

# Accounts with the published password, sample people and dossiers: for trying and teaching only.
DEMO_ALLOWED = True

# The date shift used by browser journeys ("a day later"); never set in production.
CLOCK_SHIFT_FILE = ""

# The reference province of a fresh installation; a deployment names its own.
PROVINCE = {"code": "H56", "name": "Thanh Hóa", "full_name": "tỉnh Thanh Hóa"}
# The public postal service; without an address, orders wait and the office's page says so.
POST_OPERATOR = {
    "url": os.environ.get("TINHSO_POST_URL", ""),
    "key": os.environ.get("TINHSO_POST_KEY", ""),
    "secret": os.environ.get("TINHSO_POST_SECRET", ""),
}
# The national portal's door for dossiers sent there: who signs, and with what. Without a secret nobody is let in.
NATIONAL_PORTAL = {
    "account": os.environ.get("TINHSO_PORTAL_ACCOUNT", "congquocgia"),
    "secret": os.environ.get("TINHSO_PORTAL_SECRET", ""),
}
# The national procedure database. Without an address nothing is asked; `hour`: of the day, in Vietnam, when it is read.
NATIONAL_CATALOGUE = {
    "url": os.environ.get("TINHSO_TTHC_URL", ""),
    "username": os.environ.get("TINHSO_TTHC_USERNAME", ""),
    "password": os.environ.get("TINHSO_TTHC_PASSWORD", ""),
    "hour": int(os.environ.get("TINHSO_TTHC_HOUR", "2")),
}
PUBLIC_ORIGIN = os.environ.get("TINHSO_PUBLIC_ORIGIN", "http://127.0.0.1:8000")
