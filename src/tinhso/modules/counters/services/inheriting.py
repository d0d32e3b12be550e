"""A hall belongs to its building: when the office ends, its successor opens its own. Past numbers stay."""

from __future__ import annotations

from tinhso.modules.directory import api as directory


def register() -> None:
    """Called when the app is ready."""
    directory.register_stays(
        {"counters.Hall.office"}, because="A successor sets up its own hall; yesterday's numbers are history."
    )
