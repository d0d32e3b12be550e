"""Settings of the processes that get killed: the kernel only, so that a new one is there in a moment."""

from __future__ import annotations

from tinhso.config.settings.test import *  # noqa: F403

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django_tasks",
    "django_tasks_db",
    "tinhso.kernel.access",
    "tinhso.kernel.audit",
    "tinhso.kernel.events",
    "tinhso.kernel.jobs",
    "tests.faults.listeners.ListenersConfig",
]
MIDDLEWARE: list[str] = []
TEMPLATES: list[dict[str, object]] = []
ROOT_URLCONF = "tests.faults.slim"
urlpatterns: list[object] = []
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
