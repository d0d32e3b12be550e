"""The default: one command, SQLite, local files. For trying, teaching and a small agency."""

from __future__ import annotations

import secrets

from . import national_identity, payments
from .base import *  # noqa: F403
from .base import CONTENT_SECURITY_POLICY, HOME_DIR, NATIONAL_PORTAL, NOTIFICATIONS_PROVIDERS, SECRET_KEY

HOME_DIR.mkdir(parents=True, exist_ok=True)


def _own_secret(name: str) -> str:
    """A secret of this installation's own, made once and readable by its owner only."""
    path = HOME_DIR / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text()


SECRET_KEY = SECRET_KEY or _own_secret("secret_key")
# What tools/doubles/national_portal.py signs with.
NATIONAL_PORTAL["secret"] = NATIONAL_PORTAL["secret"] or _own_secret("portal_secret")

if not NOTIFICATIONS_PROVIDERS["email"]["url"]:
    # Without a mail server letters are written into files, so that whoever tries the product can read them.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME_DIR / "mail"
    NOTIFICATIONS_PROVIDERS["email"]["url"] = "file"

# For trying: the payment doubles and the double of the national identity, whether they run or not.
PAYMENTS = payments.read(payments.DOUBLES)
NATIONAL_IDENTITY = national_identity.read(national_identity.DOUBLE)
CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] = [
    "'self'",
    *payments.origins(PAYMENTS),
    *national_identity.origins(NATIONAL_IDENTITY),
]
