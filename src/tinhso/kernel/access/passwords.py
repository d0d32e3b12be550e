"""How passwords are kept (docs/adr/0032-password-cost.md)."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id at the cost that OWASP's Password Storage Cheat Sheet asks for: 19 MiB, two passes, one lane. A hash of
    another cost is made anew when its owner next signs in."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
