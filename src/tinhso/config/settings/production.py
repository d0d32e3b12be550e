"""Production: PostgreSQL, several web processes and workers, HTTPS in front."""

from __future__ import annotations

import os

from .base import *  # noqa: F403

SECRET_KEY = os.environ["TINHSO_SECRET_KEY"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31536000
