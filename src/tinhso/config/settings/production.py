"""Production: PostgreSQL, several web processes and workers, HTTPS in front."""

from __future__ import annotations

import os

from .base import *  # noqa: F403

SECRET_KEY = os.environ["TINHSO_SECRET_KEY"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies of ours stand before the web server: limits per address read the client's from X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TINHSO_PROXIES", "1"))
SECURE_HSTS_SECONDS = 31536000
