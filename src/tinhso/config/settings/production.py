"""Production: PostgreSQL, several web processes and workers, HTTPS in front. See docs/operations.md."""

from __future__ import annotations

import os

from .base import *  # noqa: F403
from .base import DATABASES

SECRET_KEY = os.environ["TINHSO_SECRET_KEY"]
DEMO_ALLOWED = False

# The proxy in front speaks HTTPS and tells so; what comes without it is sent there. Supervisors ask for health plainly.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31536000
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# How many proxies of ours stand before the web server: limits per address read the client's from X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TINHSO_PROXIES", "1"))
SILENCED_SYSTEM_CHECKS = [
    *SILENCED_SYSTEM_CHECKS,
    "security.W005",  # HSTS over all subdomains is for the owner of the domain to say, not for one system under it
    "security.W019",  # frames of our own: a paper is looked at beside its dossier
    "security.W021",  # HSTS preload: likewise the domain owner's
]

# One connection per thread, kept; asked for life once per request, so that a restarted PostgreSQL costs nobody a page.
# A pool would add a step to each request and bound what processes × threads bounds already.
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# Limits (log-in, PIN) count over all web processes: a table, made by `tinhso prepare`; no further server.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "tinhso_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
