"""The embedded settings, with a clock that a test can set: «a day later» happens in the web server and the worker."""

from __future__ import annotations

import os
from datetime import timedelta

from tests.journeys.doubles import port
from tinhso.config.settings import national_identity, payments
from tinhso.config.settings.embedded import *  # noqa: F403
from tinhso.config.settings.embedded import CONTENT_SECURITY_POLICY, MIDDLEWARE
from tinhso.modules.identity import rules

# A journey jumps days ahead with everybody signed in. The limits themselves have tests of their own.
AGES = rules.SessionPolicy(timedelta(days=365), timedelta(days=365))
rules.SESSION_POLICIES = dict.fromkeys(rules.SESSION_POLICIES, AGES)
rules.COUNTER_POLICY = AGES
# A session of a run is used longer than a person would keep working without a pause.
STEP_UP_MINUTES = 240
MIDDLEWARE = ["tests.journeys.counting.CountQueries", *MIDDLEWARE]
CLOCK_SHIFT_FILE = os.environ["TINHSO_JOURNEYS_CLOCK"]

# What goes wrong in a page is in the log that a failed journey shows.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["stderr"], "level": "ERROR"}},
}

# The post is a stand-in that a journey starts there (tools/doubles/postal_operator.py); before that it is down.
POST_OPERATOR = {"url": f"http://127.0.0.1:{port(8901)}", "key": "double", "secret": "double"}
PAYMENTS = payments.read(
    {
        name: value.replace(":8951", f":{port(8951)}").replace(":8952", f":{port(8952)}")
        for name, value in payments.DOUBLES.items()
    }
)
CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] = ["'self'", *payments.origins(PAYMENTS)]

# VNeID is a stand-in that a journey starts there (tools/doubles/national_identity.py); before that it is down.
_identity = {**national_identity.DOUBLE, "TINHSO_VNEID_ISSUER": f"http://127.0.0.1:{port(8961)}"}
NATIONAL_IDENTITY = national_identity.read(_identity)
CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].extend(national_identity.origins(NATIONAL_IDENTITY))
