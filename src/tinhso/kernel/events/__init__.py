"""Events between modules. `Event` stands here, free of Django, so that a module's `events` stays plain Python;
everything else is in `tinhso.kernel.events.api`."""

from __future__ import annotations

from tinhso.kernel.events.rules import Event

__all__ = ["Event"]
