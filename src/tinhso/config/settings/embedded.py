"""The default: one command, SQLite, local files. For trying, teaching and a small agency."""

from __future__ import annotations

import secrets

from . import payments
from .base import *  # noqa: F403
from .base import CONTENT_SECURITY_POLICY, HOME_DIR, NOTIFICATIONS_PROVIDERS, SECRET_KEY

HOME_DIR.mkdir(parents=True, exist_ok=True)

if not SECRET_KEY:
    # A secret of this installation's own, made once and readable by its owner only.
    _path = HOME_DIR / "secret_key"
    if not _path.exists():
        _path.touch(mode=0o600)
        _path.write_text(secrets.token_urlsafe(64))
    SECRET_KEY = _path.read_text()

if not NOTIFICATIONS_PROVIDERS["email"]["url"]:
    # Without a mail server letters are written into files, so that whoever tries the product can read them.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME_DIR / "mail"
    NOTIFICATIONS_PROVIDERS["email"]["url"] = "file"

# For trying: the two payment doubles, whether they run or not.
PAYMENTS = payments.read(payments.DOUBLES)
CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] = ["'self'", *payments.origins(PAYMENTS)]
