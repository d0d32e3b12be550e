"""The embedded settings, with a clock that a test can set: «a day later» happens in the web server and the worker."""

from __future__ import annotations

import os

from tinhso.config.settings.embedded import *  # noqa: F403

CLOCK_SHIFT_FILE = os.environ["TINHSO_JOURNEYS_CLOCK"]
