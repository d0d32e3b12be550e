"""The one task of django-tasks that every job is. It is stored by its path, so this function stays where it is."""

from __future__ import annotations

from typing import Any

from django_tasks import task

from tinhso.kernel.jobs.registry import job_named


class UnknownJob(LookupError):
    """No code knows the job (yet, or any more). It is tried again like any failure, then kept for an operator."""


@task()
def run_job(name: str, arguments: dict[str, Any]) -> None:
    known = job_named(name)
    if known is None:
        raise UnknownJob(name)
    known.function(**arguments)
