"""The WSGI application that Granian serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from tinhso.config import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tinhso.config.settings.embedded")
logs.configure("warning")
application = get_wsgi_application()
