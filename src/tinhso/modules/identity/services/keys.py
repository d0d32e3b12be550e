"""The keys with which we sign what we tell other systems of a person. One file each; the newest signs."""

from __future__ import annotations

import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

BITS = 3072


def ensure_key(*, now: datetime) -> bool:
    """Make the first key if there is none. True when one was made."""
    if list(settings.OIDC_KEYS_DIR.glob("*.pem")):
        return False
    add_key(now=now)
    return True


def add_key(*, now: datetime) -> Path:
    """A new key, which signs from now on; the older ones stay published until their files are taken away."""
    folder: Path = settings.OIDC_KEYS_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = rsa.generate_private_key(public_exponent=65537, key_size=BITS).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{now:%Y%m%dT%H%M%S}.pem"
    written = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(written, "wb") as file:
        file.write(pem)
    return path


def key_files() -> tuple[tuple[str, str], ...]:
    """(name, PEM) of every key, the oldest first. Read again when the folder changes."""
    folder: Path = settings.OIDC_KEYS_DIR
    if not folder.is_dir():
        return ()
    return _read(folder, folder.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(folder: Path, changed: int) -> tuple[tuple[str, str], ...]:
    return tuple((path.stem, path.read_text(encoding="ascii")) for path in sorted(folder.glob("*.pem")))
