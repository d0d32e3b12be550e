"""Where the stand-ins of a run listen. Two runs side by side keep out of each other's way by TINHSO_JOURNEYS_PORTS."""

from __future__ import annotations

import os


def port(usual: int) -> int:
    """`usual`: the port outside of journeys."""
    return usual + 10_000 + int(os.environ.get("TINHSO_JOURNEYS_PORTS", "0"))
