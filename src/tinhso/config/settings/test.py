"""Tests: SQLite by default, PostgreSQL when TINHSO_DATABASE_URL says so; quick password hashing only here."""

from __future__ import annotations

import tempfile
from pathlib import Path

from . import national_identity, payments
from .base import *  # noqa: F403

SECRET_KEY = "test"  # noqa: S105
ALLOWED_HOSTS = ["*"]
_home = Path(tempfile.mkdtemp(prefix="tinhso-test-"))
FILES_ROOT = _home / "files"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
NOTIFICATIONS_PROVIDERS["email"]["url"] = "memory"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Most tests are of people who have just signed in; those of the proof itself set it.
STEP_UP_MINUTES = None
OIDC_KEYS_DIR = _home / "oidc"
AUDIT_MAY_BE_EMPTIED = True
# Addresses on which nothing listens unless a test starts the double there.
PAYMENTS = payments.read(payments.DOUBLES)
NATIONAL_PORTAL["secret"] = "portal-test"  # noqa: S105
NATIONAL_IDENTITY = national_identity.read(national_identity.DOUBLE)
